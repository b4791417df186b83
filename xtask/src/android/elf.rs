//! Android's requirements for a library, checked on its file.

use std::path::Path;

use anyhow::{Context, Result, bail};
use object::read::elf::{ElfFile, FileHeader, ProgramHeader};
use object::{Endianness, FileKind, Object, ObjectSymbol, elf};

/// Pages of 16 KB, which Android 15 and later may have.
const PAGE: u64 = 0x4000;

/// Functions that open, accept or use connections, or look up names. If none is imported, no code in the library,
/// including Rust's standard library, calls one; a raw system call would not show here.
const NETWORK: [&str; 22] = [
    "socket",
    "socketpair",
    "connect",
    "bind",
    "listen",
    "accept",
    "accept4",
    "send",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recv",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "getaddrinfo",
    "getnameinfo",
    "gethostbyname",
    "getpeername",
    "getsockname",
    "setsockopt",
    "shutdown",
];

/// Everything else that the library may take from the system: functions that the C library of Android 7 (API level 24)
/// has. `exp` and the logarithms are for the monitor's statistics: no score depends on them.
const SYSTEM: &str = "__errno __memcpy_chk __system_property_get abort calloc clock_gettime close closedir dirfd dl_iterate_phdr \
    dlsym exp fcntl fdopendir free fstat fstatat ftruncate getauxval getcwd getenv getpid isatty log log1p lseek64 lstat madvise malloc memchr memcmp memcpy \
    memmove memrchr memset mmap mmap64 mprotect munmap nanosleep open openat opendir poll posix_memalign prctl pread64 \
    pthread_attr_destroy pthread_attr_init pthread_attr_setstacksize pthread_create pthread_detach pthread_getspecific pthread_join \
    pthread_key_create pthread_key_delete pthread_self pthread_setspecific read readdir readlink realloc realpath sched_getaffinity \
    sched_yield sigaction sigaltstack stat strerror_r strlen syscall sysconf unlink write writev";

/// The functions that unwind after a panic. The NDK links its own copy into the library.
const UNWINDER: &str = "_Unwind_";

/// The properties of a library.
pub(super) struct Library {
    alignments: Vec<u64>,
    /// Functions that must come from the system.
    pub(super) imports: Vec<String>,
    /// Functions that others can call.
    pub(super) exports: Vec<String>,
}

impl Library {
    /// Reads a library.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let data = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let parsed = match FileKind::parse(&*data) {
            Ok(FileKind::Elf32) => Self::parse::<elf::FileHeader32<Endianness>>(&data),
            Ok(FileKind::Elf64) => Self::parse::<elf::FileHeader64<Endianness>>(&data),
            other => bail!("{} is not an ELF file: {other:?}", path.display()),
        };
        parsed.with_context(|| format!("cannot parse {}", path.display()))
    }

    fn parse<Elf: FileHeader<Endian = Endianness>>(data: &[u8]) -> Result<Self> {
        let file = ElfFile::<Elf>::parse(data)?;
        let endian = file.endian();
        let alignments = file
            .elf_program_headers()
            .iter()
            .filter(|header| header.p_type(endian) == elf::PT_LOAD)
            .map(|header| header.p_align(endian).into())
            .collect();
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        for symbol in file.dynamic_symbols() {
            let name = symbol.name()?.to_owned();
            if !symbol.is_undefined() {
                exports.push(name);
            } else if !symbol.is_weak() {
                // The loader skips a weak symbol that the system lacks, and Rust's library checks before it calls.
                imports.push(name);
            }
        }
        Ok(Self { alignments, imports, exports })
    }

    /// Fails unless a system with large pages can map it.
    pub(super) fn check_pages(&self) -> Result<()> {
        if self.alignments.is_empty() {
            bail!("it has no segment to load");
        }
        match self.alignments.iter().find(|&&alignment| alignment == 0 || alignment % PAGE != 0) {
            Some(alignment) => bail!("a segment is aligned to {alignment} bytes, pages may have {PAGE}"),
            None => Ok(()),
        }
    }

    /// Fails when it imports functions that it must not use, or that the oldest supported Android lacks.
    pub(super) fn check_imports(&self) -> Result<()> {
        let network: Vec<&String> =
            self.imports.iter().filter(|name| NETWORK.contains(&name.as_str())).collect();
        if !network.is_empty() {
            bail!("it can reach the network: {network:?}");
        }
        let known: Vec<&str> = SYSTEM.split_whitespace().collect();
        let unknown: Vec<&String> = self
            .imports
            .iter()
            .filter(|name| !name.is_empty() && !name.starts_with(UNWINDER) && !known.contains(&name.as_str()))
            .collect();
        if !unknown.is_empty() {
            bail!("not known to be in Android 7: {unknown:?}; if it is, add it to SYSTEM in {}", file!());
        }
        Ok(())
    }

    /// Fails unless it has the functions that Kotlin calls, and none that is for tests.
    pub(super) fn check_exports(&self) -> Result<()> {
        for wanted in [
            "Java_io_github_pupilsdk_Natives_score",
            "Java_io_github_pupilsdk_Natives_release",
            "ffi_pupil_bindings_uniffi_contract_version",
            "uniffi_pupil_bindings_fn_method_engine_explain",
        ] {
            if !self.exports.iter().any(|name| name == wanted) {
                bail!("it lacks the function {wanted}");
            }
        }
        match self.exports.iter().find(|name| name.to_lowercase().contains("panic")) {
            Some(name) => bail!("it has {name}, which is for tests"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Library;

    fn library(alignments: &[u64], imports: &[&str], exports: &[&str]) -> Library {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Library { alignments: alignments.to_vec(), imports: names(imports), exports: names(exports) }
    }

    #[test]
    fn segments_of_smaller_pages_are_refused() {
        for (alignments, fine) in [
            (&[0x4000, 0x4000][..], true),
            (&[0x10000], true),
            (&[0x4000, 0x1000], false),
            (&[], false),
            (&[0], false),
        ] {
            assert_eq!(library(alignments, &[], &[]).check_pages().is_ok(), fine, "{alignments:x?}");
        }
    }

    #[test]
    fn network_and_what_old_android_lacks_are_refused() {
        for (imports, fine) in [
            (&["malloc", "_Unwind_Resume", "mmap64"][..], true),
            (&["malloc", "connect"], false),
            (&["getaddrinfo"], false),
            (&["malloc", "copy_file_range"], false),
        ] {
            assert_eq!(library(&[], imports, &[]).check_imports().is_ok(), fine, "{imports:?}");
        }
    }

    #[test]
    fn functions_of_kotlin_must_be_there_and_those_of_tests_must_not() {
        let mut exports = vec![
            "Java_io_github_pupilsdk_Natives_score",
            "Java_io_github_pupilsdk_Natives_release",
            "ffi_pupil_bindings_uniffi_contract_version",
            "uniffi_pupil_bindings_fn_method_engine_explain",
        ];
        assert!(library(&[], &[], &exports).check_exports().is_ok());
        assert!(library(&[], &[], &exports[1..]).check_exports().is_err());
        exports.push("Java_io_github_pupilsdk_PanicNatives_inside");
        assert!(library(&[], &[], &exports).check_exports().is_err());
    }
}
