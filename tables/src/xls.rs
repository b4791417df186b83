//! Checks .xls files before they are read: the reader allocates memory for the dimensions that a record states, and for
//! a sheet up to its last cell, whatever these are. Structure: [MS-CFB] for the container, [MS-XLS] for the records.

use crate::error::ErrorKind;

/// The first bytes of the container.
const MAGIC: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// The maximum rows and columns of a sheet ([MS-XLS] 2.5.253 and 2.5.34).
const MAX_ROWS: u32 = 0x1_0000;
const MAX_COLUMNS: u16 = 0x100;

/// Ids from here on are special values, not sectors.
const NO_SECTOR: u32 = 0xffff_fffa;

/// Whether a file begins like .xls files.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Rejects a file whose cells are outside the limits of a sheet, and a file that is not a workbook.
pub(crate) fn check(bytes: &[u8]) -> Result<(), ErrorKind> {
    let file = Container::open(bytes).ok_or(ErrorKind::NotASpreadsheet)?;
    if file.stream("EncryptedPackage").is_some() {
        return Err(ErrorKind::Password);
    }
    let stream = file.stream("Workbook").or_else(|| file.stream("Book")).ok_or(ErrorKind::NotASpreadsheet)?;
    if records(&stream).all(|(kind, data)| is_within(kind, data)) {
        Ok(())
    } else {
        Err(ErrorKind::NotASpreadsheet)
    }
}

/// Every record of a stream with its kind.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (kind, len) = (short(stream, at)?, short(stream, at + 2)?);
        let data = stream.get(at + 4..at + 4 + usize::from(len))?;
        at += 4 + data.len();
        Some((kind, data))
    })
}

/// Whether a record is within the limits of a sheet.
fn is_within(kind: u16, data: &[u8]) -> bool {
    match kind {
        // Dimensions: rows in 4 bytes each, or 2 in old files, then columns in 2.
        0x0200 => match data.len() {
            10 => short(data, 6).is_none_or(|columns| columns <= MAX_COLUMNS),
            14 | 16 => {
                let columns = short(data, 10).unwrap_or(0);
                let (first, last) = (long(data, 0).unwrap_or(0), long(data, 4).unwrap_or(0));
                first <= MAX_ROWS
                    && last <= MAX_ROWS
                    && columns <= MAX_COLUMNS
                    && (last == 0 || first <= last)
            }
            _ => false,
        },
        // Cells: the row, then the column.
        0x0006 | 0x00d6 | 0x00fd | 0x0203 | 0x0204 | 0x0205 | 0x027e => {
            short(data, 2).is_none_or(|column| column < MAX_COLUMNS)
        }
        // Several cells of a row: the last column is at the end.
        0x00bd => {
            let last = data.len().checked_sub(2).and_then(|at| short(data, at));
            last.is_none_or(|column| column < MAX_COLUMNS)
        }
        _ => true,
    }
}

/// A compound file.
struct Container<'b> {
    bytes: &'b [u8],
    sector: usize,
    /// For each sector, the next one of its chain.
    next: Vec<u32>,
    mini_next: Vec<u32>,
    mini: Vec<u8>,
    directory: Vec<u8>,
}

impl<'b> Container<'b> {
    /// Reads the tables of sectors and the directory.
    fn open(bytes: &'b [u8]) -> Option<Self> {
        let shift = short(bytes, 30)?;
        if !matches!(shift, 9 | 12) {
            return None;
        }
        let mut file = Self {
            bytes,
            sector: 1 << shift,
            next: Vec::new(),
            mini_next: Vec::new(),
            mini: Vec::new(),
            directory: Vec::new(),
        };
        let mut tables: Vec<u32> = longs(bytes.get(76..512)?).collect();
        let (mut more, most) = (long(bytes, 68)?, bytes.len() / file.sector);
        while more < NO_SECTOR && tables.len() <= most {
            let mut ids: Vec<u32> = longs(file.at(more)?).collect();
            more = ids.pop()?;
            tables.append(&mut ids);
        }
        for id in tables.into_iter().filter(|id| *id < NO_SECTOR).take(most + 1) {
            let table: Vec<u32> = longs(file.at(id)?).collect();
            file.next.extend(table);
        }
        file.directory = file.chain(long(bytes, 48)?, usize::MAX)?;
        if long(bytes, 64)? > 0 {
            let table = file.chain(long(bytes, 60)?, usize::MAX)?;
            file.mini_next = longs(&table).collect();
            file.mini = file.chain(long(&file.directory, 116)?, usize::MAX)?;
        }
        Some(file)
    }

    /// The bytes of a sector; the last may be cut short.
    fn at(&self, id: u32) -> Option<&'b [u8]> {
        let from = (usize::try_from(id).ok()? + 1).checked_mul(self.sector)?;
        let rest = self.bytes.get(from..).filter(|rest| !rest.is_empty())?;
        Some(&rest[..rest.len().min(self.sector)])
    }

    /// The bytes of a chain of sectors.
    fn chain(&self, mut id: u32, len: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while id < NO_SECTOR && bytes.len() < len {
            if bytes.len() > self.bytes.len() {
                return None;
            }
            bytes.extend_from_slice(self.at(id)?);
            id = *self.next.get(usize::try_from(id).ok()?)?;
        }
        bytes.truncate(len);
        Some(bytes)
    }

    /// The bytes of a stream by its name.
    fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let wanted: Vec<u16> = name.to_ascii_lowercase().encode_utf16().collect();
        let entry = self.directory.as_chunks::<128>().0.iter().find(|entry| {
            let lower = |unit: u16| u8::try_from(unit).map_or(unit, |byte| byte.to_ascii_lowercase().into());
            let units = entry[..64].as_chunks::<2>().0.iter().map(|unit| lower(u16::from_le_bytes(*unit)));
            units.take_while(|unit| *unit != 0).eq(wanted.iter().copied())
        })?;
        let (mut id, len) = (long(entry, 116)?, usize::try_from(long(entry, 120)?).ok()?);
        if len >= 4096 || self.mini_next.is_empty() {
            return self.chain(id, len);
        }
        let mut bytes = Vec::new();
        while id < NO_SECTOR && bytes.len() < len {
            let at = usize::try_from(id).ok()?;
            bytes.extend_from_slice(self.mini.get(at * 64..at * 64 + 64)?);
            id = *self.mini_next.get(at)?;
        }
        bytes.truncate(len);
        Some(bytes)
    }
}

/// A number of two bytes.
fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// A number of four bytes.
fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// Numbers of four bytes.
fn longs(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes))
}
