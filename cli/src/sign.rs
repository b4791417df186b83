//! `pupil keygen` and `pupil sign`: keys and signatures in minisign's format.

use std::fs;
use std::io::{self, Cursor};
use std::path::Path;

use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use pupil_core::{FileInfo, OpenOptions, output, signature_path};

use crate::args::{KeygenArgs, SignArgs};
use crate::batch::refuse_to_replace;
use crate::failure::{Exit, Failure};
use crate::stdout;
use crate::terminal::{Style, printable};

/// The largest file with a key or a password that is read.
const MAX_KEY_BYTES: u64 = 8 << 10;

/// Runs `pupil keygen`.
pub(crate) fn generate(options: &KeygenArgs) -> Result<(), Failure> {
    let public = options.public.clone().unwrap_or_else(|| options.key.with_extension("pub"));
    if public == options.key {
        let message = "the secret and the public key would be one file";
        return Err(Failure::new(Exit::Usage, message).hint("end the name of --key in .key"));
    }
    for (path, option) in [(&options.key, "--key"), (&public, "--public")] {
        // Who replaces a key can sign nothing as its owner any more, so --force does not exist here.
        refuse_to_replace(path, option, false).map_err(|failure| {
            Failure::new(failure.exit(), failure.message()).hint("keys are never replaced")
        })?;
    }
    let pair = if options.no_password {
        KeyPair::generate_unencrypted_keypair()
    } else {
        let password = match &options.password_file {
            Some(path) => password_in(path)?,
            None => asked_twice()?,
        };
        KeyPair::generate_encrypted_keypair(Some(password))
    };
    let made = |error: minisign::PError| Failure::new(Exit::Internal, format!("cannot make a key: {error}"));
    let pair = pair.map_err(made)?;
    let id = key_id(&pair.pk);
    let secret = pair.sk.to_box(Some(&format!("Pupil secret key {id}"))).map_err(made)?.into_string();
    let line = pair.pk.to_base64();
    output::write_private_new(&options.key, secret.as_bytes()).map_err(|error| {
        // Another `keygen` was faster.
        let failure = Failure::file("write", &options.key, &error);
        if error.kind() == io::ErrorKind::AlreadyExists {
            failure.hint("keys are never replaced")
        } else {
            failure
        }
    })?;
    output::write(&public, format!("untrusted comment: Pupil public key {id}\n{line}\n").as_bytes())
        .map_err(|error| Failure::file("write", &public, &error))?;
    let style = Style::of_stdout();
    stdout::print(&format!(
        "{} key {id}\nsecret key {}: sign with it, and show it to nobody\npublic key {}: apps trust it as\n{line}\n",
        style.green("made"),
        printable(&options.key.display().to_string()),
        printable(&public.display().to_string()),
    ))
}

/// Runs `pupil sign`. Only files that can be opened are signed.
pub(crate) fn run(options: &SignArgs) -> Result<(), Failure> {
    let to = options.out.clone().unwrap_or_else(|| signature_path(&options.file));
    refuse_to_replace(&to, "--out", options.force)?;
    let opening = |error: pupil_core::Error| Failure::opening(&options.file, &error);
    let info = FileInfo::read(&options.file).map_err(opening)?;
    let bytes = fs::read(&options.file).map_err(|error| Failure::file("read", &options.file, &error))?;
    let secret = secret_key(&options.key, options.password_file.as_deref())?;
    let public = PublicKey::from_secret_key(&secret)
        .map_err(|error| Failure::new(Exit::Internal, format!("cannot use the key: {error}")))?;
    let seconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let name = options.file.file_name().unwrap_or_default().to_string_lossy();
    // As minisign writes it, and what the file says about itself.
    let comment =
        format!("timestamp:{seconds}\tfile:{}\tversion:{}\thashed", printable(&name), info.manifest.version);
    let untrusted = format!("signature from Pupil secret key {}", key_id(&public));
    let signature =
        minisign::sign(Some(&public), &secret, Cursor::new(bytes), Some(&comment), Some(&untrusted))
            .map_err(|error| Failure::new(Exit::Internal, format!("cannot sign: {error}")))?
            .into_string();
    // What was signed is what a program opens, even if the file has changed since it was read.
    let signed = OpenOptions {
        trusted_keys: vec![public.to_base64().parse().map_err(opening)?],
        signature: Some(signature.parse().map_err(opening)?),
        ..OpenOptions::default()
    };
    FileInfo::read_with(&options.file, &signed).map_err(opening)?;
    output::write(&to, signature.as_bytes()).map_err(|error| Failure::file("write", &to, &error))?;
    let style = Style::of_stdout();
    stdout::print(&format!(
        "{} {}, version {}, with the key {}\nsignature {}\nblake3 {}\n",
        style.green("signed"),
        printable(&info.manifest.name),
        info.manifest.version,
        key_id(&public),
        printable(&to.display().to_string()),
        info.blake3,
    ))
}

/// The number of a key, as minisign prints it.
fn key_id(key: &PublicKey) -> String {
    key.to_base64().parse().map_or_else(|_| String::new(), |key: pupil_core::PublicKey| key.id())
}

/// Reads a secret key, and its password from a file or from the terminal.
fn secret_key(path: &Path, password: Option<&Path>) -> Result<SecretKey, Failure> {
    let text = small_text(path)?;
    let read = || SecretKeyBox::from_string(&text);
    // Whether a key is encrypted is known from the attempt to use it.
    if let Ok(key) = read().and_then(SecretKeyBox::into_unencrypted_secret_key) {
        return Ok(key);
    }
    let password = match password {
        Some(path) => password_in(path)?,
        None => asked("Password of the secret key: ")?,
    };
    read().and_then(|key| key.into_secret_key(Some(password))).map_err(|error| {
        Failure::new(Exit::Usage, format!("{} cannot be used to sign: {error}", path.display()))
            .hint("--key names the secret key that `pupil keygen` or minisign has made")
    })
}

/// The password in a file: its first line.
fn password_in(path: &Path) -> Result<String, Failure> {
    not_empty(small_text(path)?.lines().next().unwrap_or_default().to_owned())
}

/// Asks for a password at the terminal, which does not show it.
fn asked(question: &str) -> Result<String, Failure> {
    let answer = rpassword::prompt_password(question).map_err(|error| {
        Failure::new(Exit::Usage, format!("no password can be asked for: {error}"))
            .hint("name a file that holds it, with --password-file")
    })?;
    not_empty(answer)
}

fn asked_twice() -> Result<String, Failure> {
    let password = asked("Password for the secret key: ")?;
    if asked("Once more: ")? == password {
        return Ok(password);
    }
    Err(Failure::new(Exit::Usage, "the two passwords differ; no key was made"))
}

fn not_empty(password: String) -> Result<String, Failure> {
    if password.is_empty() {
        return Err(Failure::new(Exit::Usage, "the password is empty")
            .hint("`pupil keygen --no-password` makes a key that needs none"));
    }
    Ok(password)
}

/// A small file of text: a key, a signature or a password.
pub(crate) fn small_text(path: &Path) -> Result<String, Failure> {
    let failed = |error: io::Error| Failure::file("read", path, &error);
    let found = fs::metadata(path).map_err(failed)?;
    if !found.is_file() || found.len() > MAX_KEY_BYTES {
        let message = format!("{} is not a file of at most {MAX_KEY_BYTES} bytes", path.display());
        return Err(Failure::new(Exit::File, message));
    }
    fs::read_to_string(path).map_err(failed)
}
