//! Files that the app has opened, such as an asset inside its package.
#![expect(unsafe_code, reason = "a descriptor is a plain number; only the app knows that it is open")]

use std::fs::File;

use crate::error::PupilError;

/// Duplicates a descriptor. The app keeps the original.
#[cfg(unix)]
pub(crate) fn duplicate(descriptor: i32) -> Result<File, PupilError> {
    use std::os::fd::BorrowedFd;

    if descriptor < 0 {
        let reason = format!("{descriptor} is not a file descriptor, they begin at 0");
        return Err(PupilError::BadInput { reason, answer: None });
    }
    // SAFETY: it is not -1, and the app that passes it keeps it open during this call. If it is not open, the system
    // rejects it when it is duplicated on the next line.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    borrowed.try_clone_to_owned().map(File::from).map_err(|error| PupilError::Unreadable {
        reason: format!("cannot use file descriptor {descriptor}: {error}"),
    })
}

/// Always fails: only Unix has file descriptors.
#[cfg(not(unix))]
pub(crate) fn duplicate(_descriptor: i32) -> Result<File, PupilError> {
    Err(PupilError::Unsupported {
        reason: "this system has no file descriptors: open a path, or bytes".into(),
    })
}
