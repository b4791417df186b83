#![expect(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use super::*;

use std::io::Read as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

/// A folder of the test's own, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pupil-output-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().unwrap().status.success()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout == b"0\n"
}

#[test]
fn new_file_is_whole_and_alone() {
    let scratch = Scratch::new("new");
    write(&scratch.path("a.csv"), b"one").unwrap();
    write(&scratch.path("a.csv"), b"two").unwrap();
    assert_eq!(fs::read(scratch.path("a.csv")).unwrap(), b"two");
    assert_eq!(scratch.names(), ["a.csv"]);
}

#[test]
fn failed_write_leaves_the_old_file_and_nothing_beside_it() {
    let scratch = Scratch::new("failed");
    write(&scratch.path("a"), b"old").unwrap();
    let failed = write_with(&scratch.path("a"), |out| {
        out.write_all(b"half")?;
        Err(io::Error::other("the source ran dry"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "the source ran dry");
    assert_eq!(fs::read(scratch.path("a")).unwrap(), b"old");
    assert_eq!(scratch.names(), ["a"]);
}

#[test]
fn mode_stays_and_is_never_wider_meanwhile() {
    let scratch = Scratch::new("mode");
    for mode in [0o600, 0o640, 0o644, 0o755, 0o666] {
        fs::write(scratch.path("a"), b"old").unwrap();
        fs::set_permissions(scratch.path("a"), fs::Permissions::from_mode(mode)).unwrap();
        write_with(&scratch.path("a"), |out| {
            let partial = scratch.names().into_iter().find(|n| n.ends_with(".partial")).unwrap();
            assert_eq!(fs::metadata(scratch.path(&partial))?.mode() & 0o7777, 0o600);
            out.write_all(b"new")
        })
        .unwrap();
        assert_eq!(fs::metadata(scratch.path("a")).unwrap().mode() & 0o7777, mode, "{mode:o}");
    }
}

#[test]
fn owner_stays() {
    let scratch = Scratch::new("owner");
    fs::write(scratch.path("a"), b"old").unwrap();
    let own = fs::metadata(scratch.path("a")).unwrap();
    let wanted = if is_root() { (12_345, 23_456) } else { (own.uid(), own.gid()) };
    if is_root() {
        std::os::unix::fs::chown(scratch.path("a"), Some(wanted.0), Some(wanted.1)).unwrap();
    }
    write(&scratch.path("a"), b"new").unwrap();
    let after = fs::metadata(scratch.path("a")).unwrap();
    assert_eq!((after.uid(), after.gid()), wanted);
}

#[test]
fn link_stays_and_its_target_is_written() {
    let scratch = Scratch::new("link");
    fs::create_dir(scratch.path("real")).unwrap();
    fs::write(scratch.path("real/t.csv"), b"old").unwrap();
    symlink("real/t.csv", scratch.path("link")).unwrap();
    symlink("link", scratch.path("second")).unwrap();
    symlink("real/later.csv", scratch.path("dangling")).unwrap();
    for (link, target) in [("link", "t.csv"), ("second", "t.csv"), ("dangling", "later.csv")] {
        write(&scratch.path(link), link.as_bytes()).unwrap();
        assert!(fs::symlink_metadata(scratch.path(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(fs::read(scratch.path("real").join(target)).unwrap(), link.as_bytes());
    }
    symlink("round", scratch.path("round")).unwrap();
    assert!(write(&scratch.path("round"), b"x").is_err());
}

#[test]
fn read_only_file_is_refused_to_the_superuser_too() {
    let scratch = Scratch::new("read-only");
    fs::write(scratch.path("a"), b"old").unwrap();
    fs::set_permissions(scratch.path("a"), fs::Permissions::from_mode(0o444)).unwrap();
    let refused = write(&scratch.path("a"), b"new").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
    assert!(refused.to_string().contains("read-only"), "{refused}");
    assert!(check(&scratch.path("a")).is_err());
    assert_eq!(fs::read(scratch.path("a")).unwrap(), b"old");
}

#[test]
fn fifo_is_written_through_and_stays() {
    let scratch = Scratch::new("fifo");
    let pipe = scratch.path("pipe");
    assert!(run("mkfifo", &[pipe.to_str().unwrap()]));
    check(&pipe).unwrap();
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || {
            let mut got = Vec::new();
            File::open(pipe).unwrap().read_to_end(&mut got).unwrap();
            got
        }
    });
    write(&pipe, b"through").unwrap();
    assert_eq!(reader.join().unwrap(), b"through");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!(scratch.names(), ["pipe"]);
}

#[test]
fn device_is_written_through_and_never_replaced() {
    let scratch = Scratch::new("device");
    // Nodes of this folder alone, made like those of the null device and of an unused disk.
    let (null, disk) = (scratch.path("null"), scratch.path("disk"));
    let made = run("mknod", &[null.to_str().unwrap(), "c", "1", "3"])
        && run("mknod", &[disk.to_str().unwrap(), "b", "7", "250"]);
    assert!(made || !is_root(), "the superuser may make nodes of devices");
    if made {
        write(&null, b"gone").unwrap();
        assert!(fs::metadata(&null).unwrap().file_type().is_char_device());
        symlink("null", scratch.path("to-null")).unwrap();
        write(&scratch.path("to-null"), b"gone").unwrap();
        assert!(fs::metadata(&null).unwrap().file_type().is_char_device());
        assert!(write(&disk, b"x").unwrap_err().to_string().contains("block device"));
        assert!(fs::metadata(&disk).unwrap().file_type().is_block_device());
        assert_eq!(scratch.names(), ["disk", "null", "to-null"]);
    }
}

#[test]
fn socket_and_folder_are_refused() {
    let scratch = Scratch::new("socket");
    let _listener = UnixListener::bind(scratch.path("s")).unwrap();
    assert!(write(&scratch.path("s"), b"x").unwrap_err().to_string().contains("socket"));
    assert!(write(&scratch.0, b"x").unwrap_err().to_string().contains("folder"));
    assert_eq!(write(Path::new("/"), b"x").unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(write(&scratch.path("none/a"), b"x").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(scratch.names(), ["s"]);
}

#[test]
fn descriptors_are_told_from_files() {
    for name in ["/dev/stdout", "/dev/stderr", "/dev/fd/3", "/proc/self/fd/1"] {
        assert!(is_descriptor(Path::new(name)), "{name}");
    }
    for name in ["/dev/shm/scores.csv", "dev/fd/1", "/processed/a.csv"] {
        assert!(!is_descriptor(Path::new(name)), "{name}");
    }
}

#[test]
fn descriptor_of_a_file_keeps_what_was_written_before() {
    use std::os::fd::AsRawFd as _;
    let scratch = Scratch::new("descriptor");
    let mut file = File::options().create(true).append(true).open(scratch.path("a")).unwrap();
    file.write_all(b"before ").unwrap();
    let own = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    if own.exists() {
        write(&own, b"after").unwrap();
        assert_eq!(fs::read(scratch.path("a")).unwrap(), b"before after");
    }
}

#[test]
fn new_file_has_the_usual_mode_and_is_private_until_it_is_whole() {
    let scratch = Scratch::new("new-mode");
    fs::write(scratch.path("usual"), b"").unwrap();
    let usual = fs::metadata(scratch.path("usual")).unwrap().mode() & 0o7777;
    write_with(&scratch.path("a"), |out| {
        let partial = scratch.names().into_iter().find(|n| n.ends_with(".partial")).unwrap();
        assert_eq!(fs::metadata(scratch.path(&partial))?.mode() & 0o7777, 0o600);
        out.write_all(b"new")
    })
    .unwrap();
    assert_eq!(fs::metadata(scratch.path("a")).unwrap().mode() & 0o7777, usual);
    write_private_new(&scratch.path("b"), b"secret").unwrap();
    assert_eq!(fs::metadata(scratch.path("b")).unwrap().mode() & 0o7777, 0o600);
    assert_eq!(scratch.names(), ["a", "b", "usual"]);
}

/// Names the file that a second process of this program writes until it is stopped.
const WRITES: &str = "PUPIL_TEST_WRITES";

#[test]
fn what_is_never_replaced_is_written_by_one_of_many_at_once() {
    let scratch = Scratch::new("new");
    let path = scratch.path("key");
    let start = std::sync::Barrier::new(8);
    let written: Vec<usize> = std::thread::scope(|scope| {
        let (start, path) = (&start, &path);
        let attempts: Vec<_> = (0..8)
            .map(|n| {
                scope.spawn(move || {
                    start.wait();
                    write_private_new(path, &[b'a' + n; 64])
                })
            })
            .collect();
        let ended = attempts.into_iter().map(|attempt| attempt.join().unwrap());
        let ended: Vec<io::Result<()>> = ended.collect();
        assert!(
            ended.iter().flat_map(|end| end.as_ref().err()).all(|e| e.kind() == ErrorKind::AlreadyExists),
            "{ended:?}"
        );
        (0..8).filter(|n| ended[*n].is_ok()).collect()
    });
    assert_eq!(written.len(), 1, "one of them has written");
    assert_eq!(fs::read(&path).unwrap(), [b'a' + u8::try_from(written[0]).unwrap(); 64]);
    assert_eq!(scratch.names(), ["key"]);
}

/// Whether whoever started this program wants the signal of that number to be ignored, as the system's list says.
fn is_ignored(number: u32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() >> (number - 1) & 1 == 1)
}

#[test]
fn program_that_is_told_to_stop_leaves_no_temporary_file() {
    use std::os::unix::process::ExitStatusExt as _;
    use std::time::Duration;
    if let Some(path) = std::env::var_os(WRITES) {
        remove_partial_on_signals();
        let _ = write_with(Path::new(&path), |out| {
            out.write_all(&[b'x'; 1 << 16])?;
            loop {
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        return;
    }
    let scratch = Scratch::new("signals");
    fs::write(scratch.path("a"), b"old").unwrap();
    let itself = std::env::current_exe().unwrap();
    // Where one is ignored, as in the last case and under `nohup`, it takes a second one.
    let lone = |signal: &'static str, number: u32| {
        if is_ignored(number) { vec![signal, "TERM"] } else { vec![signal] }
    };
    for (signals, ignored) in [
        (lone("INT", 2), ""),
        (vec!["TERM"], ""),
        (lone("HUP", 1), ""),
        (vec!["HUP", "TERM"], "trap '' HUP;"),
    ] {
        let mut child = Command::new("sh")
            .args(["-c", &format!("{ignored} exec \"$0\" \"$@\"")])
            .arg(&itself)
            .args(["--exact", "output::tests::program_that_is_told_to_stop_leaves_no_temporary_file"])
            .env(WRITES, scratch.path("a"))
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let has_partial = || scratch.names().iter().any(|name| name.ends_with(".partial"));
        while !has_partial() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it wrote anything");
            std::thread::sleep(Duration::from_millis(1));
        }
        for (nth, signal) in signals.iter().enumerate() {
            assert!(run("kill", &[&format!("-{signal}"), &child.id().to_string()]));
            if nth + 1 < signals.len() {
                std::thread::sleep(Duration::from_millis(50));
                assert!(child.try_wait().unwrap().is_none() && has_partial(), "an ignored signal ended it");
            }
        }
        let ended = child.wait().unwrap().signal();
        let number = match *signals.last().unwrap() {
            "INT" => 2,
            "TERM" => 15,
            _ => 1,
        };
        assert_eq!(ended, Some(number), "{signals:?}");
        assert_eq!(scratch.names(), ["a"], "{signals:?}");
        assert_eq!(fs::read(scratch.path("a")).unwrap(), b"old");
    }
}
