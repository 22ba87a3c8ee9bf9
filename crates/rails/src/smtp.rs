//! E-mail by SMTP (RFC 5321), over TLS from the first byte or from STARTTLS on. One conversation
//! per message, so that it is known how far each came.

mod mail;

use std::{fmt, sync::Arc, time::Duration};

use identity::{Delivery, Messenger, OutboundMessage, Secret, SendFault};
use lettre::{
    address::Envelope,
    message::Mailbox,
    transport::smtp::{
        Error as SmtpError,
        authentication::{Credentials, Mechanism},
        client::{Certificate, SmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
        response::Response,
    },
};
use vocab::Clock;

/// How long each step of the conversation may take.
const STEP_TIME: Duration = Duration::from_secs(10);
/// How a name and a password are shown; both only ever inside TLS or on this machine.
const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

/// How the conversation is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// TLS from the first byte (RFC 8314), usually on port 465.
    Tls,
    /// TLS before anything is said (RFC 3207); without it nothing is sent.
    StartTls,
    /// Nothing: for a server on this machine.
    Plain,
}

/// The server and who sends.
#[derive(Debug)]
pub struct SmtpSettings {
    pub host: String,
    pub port: u16,
    pub protection: Protection,
    /// Name and password, if the server wants them.
    pub credentials: Option<(String, Secret)>,
    /// `Tael <no-reply@wallet.example>`.
    pub from: String,
    /// Certificates in PEM that vouch for the server beside those of this machine.
    pub roots: Option<Vec<u8>>,
}

/// Sends mail.
pub struct Smtp {
    server: (String, u16),
    protection: Protection,
    tls: TlsParameters,
    credentials: Option<Credentials>,
    from: Mailbox,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}

impl Smtp {
    /// Prepares the way; connects with the first message.
    ///
    /// # Errors
    /// A sentence about the setting that cannot be used.
    pub fn new(settings: SmtpSettings, clock: Arc<dyn Clock>) -> Result<Self, String> {
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|_| "the sender is not a mailbox such as `Tael <no-reply@a.example>`")?;
        let tls = parameters(&settings)?;
        let credentials = settings.credentials;
        Ok(Self {
            server: (settings.host, settings.port),
            protection: settings.protection,
            tls,
            credentials: credentials
                .map(|(name, password)| Credentials::new(name, password.expose().to_owned())),
            from,
            clock,
        })
    }

    /// A conversation that has come to where mail may be given.
    fn connect(&self) -> Result<SmtpConnection, SmtpError> {
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let (host, port) = &self.server;
        let from_the_start = (self.protection == Protection::Tls).then_some(&self.tls);
        let server = (host.as_str(), *port);
        let timeout = Some(STEP_TIME);
        let mut talk = SmtpConnection::connect(server, timeout, &hello, from_the_start, None)?;
        if self.protection == Protection::StartTls {
            talk.starttls(&self.tls, &hello)?;
        }
        if let Some(credentials) = &self.credentials {
            talk.auth(MECHANISMS, credentials)?;
        }
        Ok(talk)
    }
}

impl Messenger for Smtp {
    fn send(&self, message: &OutboundMessage) -> Result<Delivery, SendFault> {
        let written = mail::write(message, &self.from, self.clock.now())?;
        let mut talk = self.connect().map_err(|error| before(&error))?;
        announce(&mut talk, written.envelope()).map_err(|error| before(&error))?;
        let taken = talk.message(&written.formatted());
        talk.abort();
        let response: Response = taken.map_err(|error| after(&error))?;
        Ok(Delivery {
            receipt: Some(format!("smtp-{}", response.code())),
        })
    }
}

/// Names sender and receiver, up to where the server waits for the text.
fn announce(talk: &mut SmtpConnection, envelope: &Envelope) -> Result<(), SmtpError> {
    let mut parameters = Vec::new();
    if talk.server_info().supports_feature(Extension::SmtpUtfEight) {
        let mut everybody = envelope.from().into_iter().chain(envelope.to());
        if everybody.any(|one| !one.to_string().is_ascii()) {
            parameters.push(MailParameter::SmtpUtfEight);
        }
    }
    talk.command(Mail::new(envelope.from().cloned(), parameters))?;
    for to in envelope.to() {
        talk.command(Rcpt::new(to.clone(), vec![]))?;
    }
    talk.command(Data)?;
    Ok(())
}

fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(pem) = &settings.roots {
        let root = Certificate::from_pem(pem).map_err(|_| "the certificates are not PEM")?;
        builder = builder.add_root_certificate(root);
    }
    builder
        .build()
        .map_err(|error| format!("TLS cannot be prepared: {error}"))
}

/// What went wrong before the text was given: nothing was sent.
fn before(error: &SmtpError) -> SendFault {
    match said(error) {
        (text, true) => SendFault::Permanent(text),
        (text, false) => SendFault::Temporary(text),
    }
}

/// What went wrong with the text: a refusal is one (RFC 5321, 4.2.5), silence is not.
fn after(error: &SmtpError) -> SendFault {
    match error.status() {
        Some(_) => before(error),
        None => SendFault::Unknown(said(error).0),
    }
}

/// What happened, and whether it will happen again. Only the server's number: its words may repeat
/// the address.
fn said(error: &SmtpError) -> (String, bool) {
    let text = match error.status() {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_client() => "the mail server lacks what is needed".to_owned(),
        None if error.is_tls() => "TLS with the mail server failed".to_owned(),
        None if error.is_timeout() => "the mail server took too long".to_owned(),
        None => "no conversation with the mail server".to_owned(),
    };
    (text, error.is_permanent())
}
