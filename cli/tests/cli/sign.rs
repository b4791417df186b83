//! `pupil keygen`, `sign` and `verify --key`.

use std::fs;

use crate::support::TestDir;

/// Arguments as a list.
fn args(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

/// Runs the program, which fails with this code and says so.
fn refused<'a>(dir: &TestDir, args: impl IntoIterator<Item = &'a str>, code: i32, words: &str) {
    let ran = dir.pupil(args);
    let said = ran.failed(code);
    assert!(said.contains(words), "{words} is missing in:\n{said}");
}

#[test]
fn signed_model_is_verified_and_a_changed_one_is_not() {
    let dir = TestDir::new();
    let made = dir.pupil(args("keygen --key mine.key --no-password"));
    let key = made.ok().lines().last().unwrap().to_owned();
    assert!(key.starts_with("RW") && key.len() == 56, "{key}");
    assert_eq!(dir.read("mine.pub").lines().last().unwrap(), key);
    let signed = dir.pupil(args("sign one.pupil --key mine.key"));
    assert!(signed.ok().contains("one.pupil.minisig"), "{}", signed.ok());
    for trusted in ["mine.pub", &key] {
        let ran = dir.pupil(["verify", "one.pupil", "--key", trusted]);
        assert!(ran.ok().contains("signed with the trusted key"), "{}", ran.ok());
        assert!(ran.ok().contains("file:one.pupil, version:0"), "{}", ran.ok());
    }
    let json = dir.pupil(args("verify one.pupil --key mine.pub --json")).json();
    assert!(json["comment"].as_str().unwrap().contains("file:one.pupil"), "{json}");
    // Two trusted keys, while a publisher changes from one to the other.
    dir.pupil(args("keygen --key next.key --no-password")).ok();
    dir.pupil(args("verify one.pupil --key next.pub --key mine.pub")).ok();
    refused(&dir, args("verify one.pupil --key next.pub"), 10, "trusted are");
    refused(&dir, args("verify many.pupil --key mine.pub"), 10, "many.pupil.minisig");
    refused(
        &dir,
        args("verify many.pupil --key mine.pub --signature one.pupil.minisig"),
        10,
        "does not belong to these bytes",
    );
    // Forged from its own parts, with hashes that are right.
    fs::copy(dir.path("many.pupil"), dir.path("one.pupil")).unwrap();
    dir.pupil(args("verify one.pupil")).ok();
    refused(&dir, args("verify one.pupil --key mine.pub"), 10, "does not belong to these bytes");
}

#[test]
fn hash_and_version_are_compared() {
    let dir = TestDir::new();
    let blake3 = dir.pupil(args("verify one.pupil --json")).json()["blake3"].as_str().unwrap().to_owned();
    dir.pupil(["verify", "one.pupil", "--expect-blake3", &blake3]).ok();
    refused(&dir, ["verify", "many.pupil", "--expect-blake3", &blake3], 10, &blake3);
    refused(&dir, args("verify one.pupil --min-version 1"), 10, "version 0, at least 1");
}

#[test]
#[cfg(unix)]
fn secret_key_is_private_and_never_replaced() {
    use std::os::unix::fs::MetadataExt as _;
    let dir = TestDir::new();
    dir.write("password", "correct horse\n");
    dir.write("wrong", "battery staple\n");
    dir.write("none", "\n");
    refused(&dir, args("keygen --key a.key --password-file none"), 2, "the password is empty");
    dir.pupil(args("keygen --key a.key --password-file password")).ok();
    let (secret, public) = (dir.read("a.key"), dir.read("a.pub"));
    assert_eq!(fs::metadata(dir.path("a.key")).unwrap().mode() & 0o777, 0o600);
    refused(&dir, args("keygen --key a.key --no-password"), 3, "names a file that exists");
    refused(&dir, args("keygen --key b.key --public a.pub --no-password"), 3, "names a file that exists");
    refused(&dir, args("keygen --key a.pub --no-password"), 2, "would be one file");
    assert_eq!((dir.read("a.key"), dir.read("a.pub")), (secret, public));
    refused(&dir, args("sign one.pupil --key a.key --password-file wrong"), 2, "Wrong password");
    refused(&dir, args("sign one.pupil --key a.pub --password-file wrong"), 2, "cannot be used to sign");
    assert!(!dir.path("one.pupil.minisig").exists());
    dir.pupil(args("sign one.pupil --key a.key --password-file password")).ok();
    refused(&dir, args("sign one.pupil --key a.key --password-file password"), 3, "names a file that exists");
    dir.pupil(args("verify one.pupil --key a.pub")).ok();
    // What cannot be opened is not signed.
    let mut bytes = fs::read(dir.path("many.pupil")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    dir.write("damaged.pupil", bytes);
    refused(&dir, args("sign damaged.pupil --key a.key --password-file password"), 5, "is damaged");
    assert!(!dir.path("damaged.pupil.minisig").exists());
}

#[test]
fn several_programs_that_make_one_key_make_one_pair() {
    let dir = TestDir::new();
    let start = |_| dir.start(args("keygen --key own.key --public own.pub --no-password"));
    let made: Vec<bool> = [0; 6].map(start).map(|mut child| child.wait().unwrap().success()).into();
    assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
    // The public key is that of the secret one.
    dir.pupil(args("sign one.pupil --key own.key")).ok();
    dir.pupil(args("verify one.pupil --key own.pub")).ok();
}
