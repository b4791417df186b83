//! The exports and imports of a static library in Apple's format.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use object::read::archive::ArchiveFile;
use object::{File, Object, ObjectSymbol};

/// Functions that reach the network.
pub(super) const NETWORK: &[&str] = &[
    "socket",
    "socketpair",
    "connect",
    "connectx",
    "bind",
    "listen",
    "accept",
    "send",
    "sendto",
    "sendmsg",
    "recv",
    "recvfrom",
    "recvmsg",
    "getaddrinfo",
    "gethostbyname",
    "gethostbyname2",
    "getnameinfo",
    "res_query",
    "res_9_query",
    "nw_connection_create",
    "CFSocketCreate",
    "CFStreamCreatePairWithSocketToHost",
    "CFHTTPMessageCreateRequest",
];

/// Functions for which Apple wants a reason in the privacy manifest, by category.
pub(super) const REASONED: &[(&str, &[&str])] = &[
    (
        "NSPrivacyAccessedAPICategoryFileTimestamp",
        &[
            "stat",
            "fstat",
            "lstat",
            "fstatat",
            "getattrlist",
            "fgetattrlist",
            "getattrlistat",
            "getattrlistbulk",
        ],
    ),
    ("NSPrivacyAccessedAPICategorySystemBootTime", &["mach_absolute_time", "mach_continuous_time"]),
    ("NSPrivacyAccessedAPICategoryDiskSpace", &["statfs", "fstatfs", "statvfs", "fstatvfs"]),
    ("NSPrivacyAccessedAPICategoryUserDefaults", &["OBJC_CLASS_$_NSUserDefaults"]),
];

/// The symbols of a library, without the underscore that Apple's format puts first.
pub(super) struct Symbols {
    pub(super) machine: String,
    pub(super) exported: BTreeSet<String>,
    pub(super) imported: BTreeSet<String>,
}

impl Symbols {
    /// Reads them.
    pub(super) fn of(archive: &[u8]) -> Result<Self> {
        let parsed = ArchiveFile::parse(archive).context("the library is not an archive")?;
        let (mut machines, mut exported, mut asked) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for member in parsed.members() {
            let member = member?;
            let name = String::from_utf8_lossy(member.name()).into_owned();
            if !name.ends_with(".o") {
                continue;
            }
            let file = File::parse(member.data(archive)?).with_context(|| format!("cannot read {name}"))?;
            machines.insert(format!("{:?} {:?}", file.format(), file.architecture()));
            for symbol in file.symbols().filter(ObjectSymbol::is_global) {
                let symbol_name = symbol.name()?;
                let symbol_name = symbol_name.strip_prefix('_').unwrap_or(symbol_name).to_owned();
                if symbol.is_undefined() {
                    asked.insert(symbol_name);
                } else {
                    exported.insert(symbol_name);
                }
            }
        }
        let machine = machines.iter().cloned().collect::<Vec<_>>().join(", ");
        ensure!(machine == "MachO Aarch64", "the library holds `{machine}`, not `MachO Aarch64`");
        let imported = asked.difference(&exported).cloned().collect();
        Ok(Self { machine, exported, imported })
    }

    /// Those of the given functions that the library imports, in any variant such as `stat$INODE64`.
    pub(super) fn imports_of(&self, functions: &[&str]) -> Vec<&str> {
        let plain = |name: &str| name.split('$').next().unwrap_or(name).to_owned();
        self.imported
            .iter()
            .map(String::as_str)
            .filter(|name| functions.contains(name) || functions.contains(&plain(name).as_str()))
            .collect()
    }
}

/// The functions that a generated header declares.
pub(super) fn declared(header: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    header
        .match_indices('(')
        .filter_map(|(at, _)| {
            let start = header[..at].rfind(|c| !is_part(c)).map_or(0, |before| before + 1);
            let name = &header[start..at];
            (name.starts_with("uniffi_") || name.starts_with("ffi_")).then(|| name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_declares_the_functions_and_not_the_types() {
        let header = "#define UNIFFI_FFIDEF_UNIFFI_PUPIL\n\
                      typedef void (*UniffiCallback)(uint64_t handle);\n\
                      void* uniffi_pupil_fn_score(void* ptr, RustBuffer text\n);\n\
                      RustBuffer ffi_pupil_alloc(uint64_t size);\n";
        let names: Vec<String> = declared(header).into_iter().collect();
        assert_eq!(names, ["ffi_pupil_alloc", "uniffi_pupil_fn_score"]);
    }

    #[test]
    fn variant_of_a_function_is_found_and_a_longer_name_is_not() {
        let imported = ["fstat$INODE64", "connect_to_nothing", "OBJC_CLASS_$_NSUserDefaults"];
        let symbols = Symbols {
            machine: String::new(),
            exported: BTreeSet::new(),
            imported: imported.map(str::to_owned).into(),
        };
        assert_eq!(symbols.imports_of(REASONED[0].1), ["fstat$INODE64"]);
        assert_eq!(symbols.imports_of(REASONED[3].1), ["OBJC_CLASS_$_NSUserDefaults"]);
        assert!(symbols.imports_of(NETWORK).is_empty());
    }
}
