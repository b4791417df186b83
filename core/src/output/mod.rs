//! Writing files without losing the previous content.
//!
//! A regular file appears whole or not at all: its bytes are written to a temporary file, flushed to the disk and
//! renamed over it, with the mode and the owner that it had. Until then only its owner can read the temporary file, and
//! a program that is told to stop removes it by [`remove_partial`]. What is not a regular file is never replaced:
//!
//! | destination | what happens |
//! |---|---|
//! | nothing yet | a new file |
//! | a regular file | replaced as a whole; its mode, owner and group stay |
//! | a read-only file, or one whose owner or group cannot be kept | refused |
//! | a symbolic link | its target is written, also one that does not exist yet; the link stays |
//! | a FIFO, a character device, `/dev/stdout`, `/dev/fd/N` | the bytes are written through it |
//! | a folder, a block device, a socket | refused |

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Links that are followed at most, as Linux does.
const MAX_LINKS: usize = 40;

/// Writes `bytes` to `path`; see the [module](self) for what is replaced, kept or refused.
///
/// # Errors
///
/// When the destination is refused or the system fails; a file that was there is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |out| out.write_all(bytes))
}

/// Writes what `fill` gives to `path`, buffered; see the [module](self) for what is replaced, kept or refused.
///
/// # Errors
///
/// As [`write()`], and the errors of `fill`.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match Destination::find(path)? {
        Destination::Stream(file) => buffered(&file, fill),
        Destination::File { path, old } => {
            let mode = old.map_or_else(|| NewMode::usual(&path), |old| Ok(NewMode::Kept(old)))?;
            replace(&path, &mode, fill)
        }
    }
}

/// As [`write()`], for what nobody but the owner of a new file may read and what is never replaced, such as a key: not
/// even a file that another program makes at the same moment.
///
/// # Errors
///
/// [`AlreadyExists`](ErrorKind::AlreadyExists) for a file that is there, and as [`write()`].
pub fn write_private_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fill = |out: &mut dyn Write| out.write_all(bytes);
    match Destination::find(path)? {
        Destination::Stream(file) => buffered(&file, fill),
        Destination::File { old: Some(_), .. } => Err(refusal(ErrorKind::AlreadyExists, path, "exists")),
        Destination::File { path, old: None } => {
            let place = |partial: &Path, path: &Path| {
                // A second name of the file: unlike a move, it fails where there is a file of that name.
                match fs::hard_link(partial, path) {
                    Ok(()) => fs::remove_file(partial),
                    // Some file systems have no second names.
                    Err(error) if error.kind() != ErrorKind::AlreadyExists && !path.exists() => {
                        fs::rename(partial, path)
                    }
                    Err(error) => Err(error),
                }
            };
            place_new(&path, &NewMode::Private, fill, place)
        }
    }
}

/// The temporary files of this process that are being written; none once the process is about to end.
static PARTIAL: Mutex<Option<Vec<PathBuf>>> = Mutex::new(Some(Vec::new()));

/// Removes the temporary files that other threads are writing, and lets no other file be begun. For a program that was
/// told to stop, and stops next: its writers fail.
pub fn remove_partial() {
    let mut partial = PARTIAL.lock().unwrap_or_else(PoisonError::into_inner);
    for path in partial.take().into_iter().flatten() {
        // One that is gone already was renamed or removed by its writer.
        let _ = fs::remove_file(path);
    }
}

/// A temporary file, in the list of those that [`remove_partial`] removes for as long as this value exists.
struct Partial {
    path: PathBuf,
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(all) = &mut *PARTIAL.lock().unwrap_or_else(PoisonError::into_inner) {
            all.retain(|path| *path != self.path);
        }
    }
}

/// The mode, the owner and the group of a finished file.
enum NewMode {
    /// Those of the file that is replaced.
    Kept(Metadata),
    /// The mode that the process gives to new files.
    #[cfg(unix)]
    Usual(fs::Permissions),
    /// Only the owner reads and writes it.
    Private,
}

impl NewMode {
    /// That of new files in the folder of `path`: it is read from an empty one.
    #[cfg(unix)]
    fn usual(path: &Path) -> io::Result<Self> {
        let (file, partial) = beside(path, 0o666)?;
        let found = file.metadata();
        let removed = fs::remove_file(&partial.path);
        Ok(Self::Usual(found.and_then(|found| removed.map(|()| found.permissions()))?))
    }

    #[cfg(not(unix))]
    fn usual(_: &Path) -> io::Result<Self> {
        Ok(Self::Private)
    }

    /// Gives it to a file that is to be at `path`.
    fn give(&self, file: &File, path: &Path) -> io::Result<()> {
        match self {
            Self::Kept(old) => keep(file, old, path),
            #[cfg(unix)]
            Self::Usual(permissions) => file.set_permissions(permissions.clone()),
            Self::Private => Ok(()),
        }
    }
}

/// Says whether [`write()`] would take the destination, without writing or opening anything.
///
/// # Errors
///
/// When it would be refused; a folder that does not exist is found out only when it is written to.
pub fn check(path: &Path) -> io::Result<()> {
    PathKind::find(path).map(drop)
}

/// What bytes go to.
enum Destination {
    /// Something that is written through.
    Stream(File),
    /// A regular file, with the metadata of the existing one.
    File { path: PathBuf, old: Option<Metadata> },
}

impl Destination {
    fn find(path: &Path) -> io::Result<Self> {
        Ok(match PathKind::find(path)? {
            PathKind::Stream => Self::Stream(File::options().write(true).open(path)?),
            // Behind a descriptor, what has already been written to the file must stay.
            PathKind::Descriptor => Self::Stream(File::options().append(true).open(path)?),
            PathKind::File { path, old } => Self::File { path, old },
        })
    }
}

/// What a path leads to.
enum PathKind {
    Stream,
    Descriptor,
    File { path: PathBuf, old: Option<Metadata> },
}

impl PathKind {
    fn find(path: &Path) -> io::Result<Self> {
        if path.file_name().is_none() {
            return Err(refusal(ErrorKind::InvalidInput, path, "does not name a file"));
        }
        let found = match fs::metadata(path) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        if found.as_ref().is_some_and(Metadata::is_dir) {
            return Err(refusal(ErrorKind::IsADirectory, path, "is a folder"));
        }
        if let Some(found) = &found
            && !found.is_file()
        {
            return stream(path, found);
        }
        let target = followed(path)?;
        if is_descriptor(&target) {
            return Ok(Self::Descriptor);
        }
        if found.as_ref().is_some_and(is_read_only) {
            let what = "is read-only; change its mode or write to another file";
            return Err(refusal(ErrorKind::PermissionDenied, path, what));
        }
        Ok(Self::File { path: target, old: found })
    }
}

fn refusal(kind: ErrorKind, path: &Path, what: &str) -> io::Error {
    io::Error::new(kind, format!("{} {what}", path.display()))
}

#[cfg(unix)]
fn stream(path: &Path, found: &Metadata) -> io::Result<PathKind> {
    use std::os::unix::fs::FileTypeExt as _;
    let kind = found.file_type();
    if kind.is_fifo() || kind.is_char_device() {
        return Ok(PathKind::Stream);
    }
    let what = if kind.is_block_device() { "is a block device" } else { "is a socket" };
    Err(refusal(ErrorKind::InvalidInput, path, what))
}

#[cfg(not(unix))]
fn stream(_: &Path, _: &Metadata) -> io::Result<PathKind> {
    Ok(PathKind::Stream)
}

/// The file that a path of symbolic links leads to, whether it exists or not.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..MAX_LINKS {
        if is_descriptor(&at) {
            return Ok(at);
        }
        match fs::symlink_metadata(&at) {
            Ok(found) if found.is_symlink() => at = folder(&at).join(fs::read_link(&at)?),
            Ok(_) => return Ok(at),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(at),
            Err(error) => return Err(error),
        }
    }
    Err(refusal(ErrorKind::InvalidInput, path, "leads through more than 40 links"))
}

/// Whether a path names an open descriptor of a process rather than a file.
fn is_descriptor(path: &Path) -> bool {
    let named = ["/dev/stdout", "/dev/stderr"].iter().any(|name| path == Path::new(name));
    cfg!(unix) && (named || path.starts_with("/dev/fd") || path.starts_with("/proc"))
}

/// Whether the mode allows no writing. The superuser could write regardless, and would destroy what was meant to be
/// kept.
#[cfg(unix)]
fn is_read_only(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.mode() & 0o222 == 0
}

#[cfg(not(unix))]
fn is_read_only(found: &Metadata) -> bool {
    found.permissions().readonly()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn buffered(file: &File, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    fill(&mut out)?;
    out.flush()
}

/// Writes a temporary file in the same folder and renames it to `path`.
fn replace(
    path: &Path,
    mode: &NewMode,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    place_new(path, mode, fill, |partial, path| fs::rename(partial, path))
}

/// Writes a temporary file in the same folder; `place` makes it the file at `path`.
fn place_new(
    path: &Path,
    mode: &NewMode,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    place: impl FnOnce(&Path, &Path) -> io::Result<()>,
) -> io::Result<()> {
    // Until it is whole, only its owner may read it.
    let (file, partial) = beside(path, 0o600)?;
    let written = buffered(&file, fill)
        .and_then(|()| mode.give(&file, path))
        .and_then(|()| file.sync_all())
        .and_then(|()| place(&partial.path, path));
    if written.is_err() {
        // The rest of a failed attempt is useless; an error from removing it would change nothing.
        let _ = fs::remove_file(&partial.path);
        return written;
    }
    // The move itself lasts only once the folder is flushed; where folders cannot be opened it need not be.
    if cfg!(unix) {
        File::open(folder(path))?.sync_all()?;
    }
    Ok(())
}

/// A new hidden file in the folder of `path`, used by this call alone, of a mode that the process may narrow further. A
/// file or link that exists already is neither followed nor overwritten.
fn beside(path: &Path, mode: u32) -> io::Result<(File, Partial)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    loop {
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let beside = path.with_file_name(format!(".{name}.{process}-{count}.partial"));
        // Listed under the lock that the removal takes, so that no file comes to be after it unseen.
        let mut all = PARTIAL.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(all) = &mut *all else {
            return Err(refusal(
                ErrorKind::Interrupted,
                path,
                "is not written: the program was told to stop",
            ));
        };
        match options.open(&beside) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            opened => {
                let file = opened?;
                all.push(beside.clone());
                return Ok((file, Partial { path: beside }));
            }
        }
    }
}

/// Gives a new file the owner, the group and the mode of the one that it replaces.
#[cfg(unix)]
fn keep(file: &File, old: &Metadata, path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        let what = "belongs to a user or a group that a new file cannot be given; write to another file";
        fchown(file, Some(old.uid()), Some(old.gid()))
            .map_err(|_| refusal(ErrorKind::PermissionDenied, path, what))?;
    }
    // After the owner: a change of owner clears some bits of the mode.
    file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777))
}

#[cfg(not(unix))]
fn keep(file: &File, old: &Metadata, _: &Path) -> io::Result<()> {
    file.set_permissions(old.permissions())
}

#[cfg(unix)]
mod signals;
#[cfg(all(test, unix))]
mod tests;

#[cfg(unix)]
pub use signals::remove_partial_on_signals;

/// Begins to remove temporary files when the program is told to stop; this system has no signals for that.
#[cfg(not(unix))]
pub fn remove_partial_on_signals() {}
