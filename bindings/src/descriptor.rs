//! Files that the app has opened itself, such as an asset inside its package.
#![expect(unsafe_code, reason = "a descriptor is a bare number; only the app knows that it is open")]

use std::fs::File;

use crate::error::PupilError;

/// A file of its own behind the descriptor, which stays the app's.
#[cfg(unix)]
pub(crate) fn duplicate(descriptor: i32) -> Result<File, PupilError> {
    use std::os::fd::BorrowedFd;

    if descriptor < 0 {
        let reason = format!("{descriptor} is no file descriptor, they begin at 0");
        return Err(PupilError::BadInput { reason, answer: None });
    }
    // SAFETY: it is not -1, and the app, which passes it, keeps it open during this call; one that is not open is refused by
    // the system when it is duplicated, on the next line.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    borrowed.try_clone_to_owned().map(File::from).map_err(|error| PupilError::Unreadable {
        reason: format!("cannot use file descriptor {descriptor}: {error}"),
    })
}

/// Refuses: descriptors are a thing of Unix.
#[cfg(not(unix))]
pub(crate) fn duplicate(_descriptor: i32) -> Result<File, PupilError> {
    Err(PupilError::Unsupported {
        reason: "this system has no file descriptors: open a path, or bytes".into(),
    })
}
