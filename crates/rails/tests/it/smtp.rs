//! Mail through a real server: `mail_server.py`, on Debian's python3-aiosmtpd, which
//! `scripts/test.sh` installs.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
};

use identity::{Contact, Messenger, OutboundMessage, Policy, Secret, SendFault};
use rails::{Protection, Smtp, SmtpSettings};
use tempfile::TempDir;
use testkit::ManualClock;

use crate::gateways::{code, noon};

const USER: (&str, &str) = ("tael", "correct horse battery");

struct Server {
    dir: TempDir,
    port: u16,
    child: Child,
    certificate: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Keeps what arrives in a Maildir; `flags` as `mail_server.py` takes them, with `CERT` and
    /// `KEY`.
    fn start(flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let certificate = made.cert.pem();
        let (at, to) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
        fs::write(&at, &certificate).unwrap();
        fs::write(&to, made.signing_key.serialize_pem()).unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/mail_server.py");
        let mut command = Command::new("/usr/bin/python3");
        command.arg(script).arg(port.to_string());
        command.arg(dir.path().join("mail"));
        for flag in flags {
            match *flag {
                "CERT" => command.arg(&at),
                "KEY" => command.arg(&to),
                flag => command.arg(flag),
            };
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut said).unwrap();
        assert_eq!(said, "ready\n", "python3-aiosmtpd is installed");
        Self {
            dir,
            port,
            child,
            certificate,
        }
    }

    fn settings(&self, protection: Protection) -> SmtpSettings {
        SmtpSettings {
            host: "localhost".to_owned(),
            port: self.port,
            protection,
            credentials: None,
            from: "Tael <no-reply@wallet.example>".to_owned(),
            roots: Some(self.certificate.clone().into_bytes()),
        }
    }

    fn received(&self) -> Vec<String> {
        let Ok(folder) = fs::read_dir(self.dir.path().join("mail/new")) else {
            return Vec::new();
        };
        folder
            .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect()
    }
}

fn smtp(settings: SmtpSettings) -> Smtp {
    Smtp::new(settings, Arc::new(ManualClock::at(noon()))).unwrap()
}

fn mail(title: &str) -> OutboundMessage {
    OutboundMessage {
        to: Contact::parse("alice@example.org", &Policy::sandbox()).unwrap(),
        title: title.to_owned(),
        text: Secret::new("您的注册验证码是 123456".to_owned()),
        ..code()
    }
}

fn to(address: &str) -> OutboundMessage {
    OutboundMessage {
        to: Contact::parse(address, &Policy::sandbox()).unwrap(),
        ..mail("x")
    }
}

#[test]
fn a_mail_arrives_at_a_real_server_in_both_forms() {
    let server = Server::start(&[]);
    let sent = smtp(server.settings(Protection::Plain)).send(&mail("注册验证码"));
    assert_eq!(sent.unwrap().receipt.as_deref(), Some("smtp-250"));
    let received = server.received();
    assert_eq!(received.len(), 1);
    let mail = &received[0];
    for part in [
        "To: alice@example.org",
        "From: Tael <no-reply@wallet.example>",
        "Auto-Submitted: auto-generated",
        "Date: Sun, 22 Nov 2026 12:00:00 +0000",
        "Content-Type: multipart/alternative;",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Type: text/html; charset=utf-8",
        &format!("Message-ID: <{}@wallet.example>", code().id),
        // base64 of the text's beginning in UTF-8.
        "5oKo55qE5rOo5YaM",
    ] {
        assert!(mail.contains(part), "{part} is missing in {mail}");
    }
}

/// S-60: what somebody named themselves never becomes a header.
#[test]
fn a_title_stays_one_line() {
    let server = Server::start(&[]);
    let title = "Hello\r\nBcc: mallory@example.org\r\n\r\n<b>x</b>";
    smtp(server.settings(Protection::Plain))
        .send(&mail(title))
        .unwrap();
    let mail = server.received().remove(0);
    let head = mail.split("\n\n").next().unwrap().to_lowercase();
    assert!(!head.lines().any(|line| line.starts_with("bcc:")), "{head}");
    assert!(!mail.contains("X-RcptTo: alice@example.org, "), "{mail}");
}

#[test]
fn with_starttls_nothing_is_said_in_the_clear() {
    let server = Server::start(&["--starttls", "CERT", "KEY", "--user", USER.0, USER.1]);
    let with = |password: &str, roots: Option<Vec<u8>>| SmtpSettings {
        credentials: Some((USER.0.to_owned(), Secret::new(password.to_owned()))),
        roots,
        ..server.settings(Protection::StartTls)
    };
    let trusted = || Some(server.certificate.clone().into_bytes());
    smtp(with(USER.1, trusted())).send(&mail("x")).unwrap();
    let wrong = smtp(with("wrong", trusted())).send(&mail("x"));
    assert_eq!(
        wrong,
        Err(SendFault::Permanent("the mail server answered 535".into()))
    );
    let strange = smtp(with(USER.1, None)).send(&mail("x"));
    assert!(
        matches!(strange, Err(SendFault::Temporary(_))),
        "{strange:?}"
    );
    let anonymous = smtp(server.settings(Protection::StartTls)).send(&mail("x"));
    assert_eq!(
        anonymous,
        Err(SendFault::Permanent("the mail server answered 530".into()))
    );
    assert_eq!(server.received().len(), 1);

    // A server without TLS gets nothing from a sender that wants it.
    let plain = Server::start(&[]);
    let careful = smtp(plain.settings(Protection::StartTls)).send(&mail("x"));
    assert!(
        matches!(careful, Err(SendFault::Temporary(_))),
        "{careful:?}"
    );
    assert!(plain.received().is_empty());
}

#[test]
fn tls_from_the_first_byte_carries_name_and_password() {
    let server = Server::start(&["--tls", "CERT", "KEY", "--user", USER.0, USER.1]);
    let settings = SmtpSettings {
        credentials: Some((USER.0.to_owned(), Secret::new(USER.1.to_owned()))),
        ..server.settings(Protection::Tls)
    };
    smtp(settings).send(&mail("x")).unwrap();
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_refusal_is_told_apart_and_does_not_repeat_the_address() {
    let server = Server::start(&[]);
    let smtp = smtp(server.settings(Protection::Plain));
    assert_eq!(
        smtp.send(&to("nobody@example.org")),
        Err(SendFault::Permanent("the mail server answered 550".into()))
    );
    assert_eq!(
        smtp.send(&to("later@example.org")),
        Err(SendFault::Temporary("the mail server answered 451".into()))
    );
    assert!(server.received().is_empty());
}

/// Says what a mail server says, up to the text, and then `last`.
fn talking(last: &'static str) -> SmtpSettings {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        converse(&stream, last);
    });
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        protection: Protection::Plain,
        credentials: None,
        from: "no-reply@wallet.example".to_owned(),
        roots: None,
    }
}

fn converse(mut stream: &TcpStream, last: &str) {
    stream.write_all(b"220 hello\r\n").unwrap();
    for line in BufReader::new(stream).lines() {
        let line = line.unwrap();
        let answer = match line.as_str() {
            "DATA" => "354 go on\r\n",
            "." => last,
            line if line.starts_with("EHLO") || line.contains(":<") => "250 fine\r\n",
            _ => "",
        };
        stream.write_all(answer.as_bytes()).unwrap();
        if line == "." && last.is_empty() {
            return;
        }
    }
}

#[test]
fn whether_a_text_arrived_is_not_guessed() {
    let silent = smtp(talking("")).send(&mail("x"));
    assert!(matches!(silent, Err(SendFault::Unknown(_))), "{silent:?}");
    let busy = smtp(talking("452 full\r\n")).send(&mail("x"));
    assert!(matches!(busy, Err(SendFault::Temporary(_))), "{busy:?}");
    let refused = smtp(talking("554 no\r\n")).send(&mail("x"));
    assert!(
        matches!(refused, Err(SendFault::Permanent(_))),
        "{refused:?}"
    );

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let settings = SmtpSettings {
        port,
        ..talking("")
    };
    let absent = smtp(settings).send(&mail("x"));
    assert!(matches!(absent, Err(SendFault::Temporary(_))), "{absent:?}");
}
