//! Gateways over real sockets: what they are sent, what they answer, and where nothing may go.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread,
};

use identity::{Channel, Contact, Delivery, Messenger, OutboundMessage, Policy, Secret, SendFault};
use rails::{Aliyun, Http, Reach, SmsRoute, Switchboard, Templates, Tencent, Twilio, Webhook};
use testkit::{ManualClock, SeededEntropy};
use tokio::runtime::Runtime;
use vocab::{MessageId, Timestamp};

/// 2026-11-22, noon.
const NOON: i64 = 1_795_348_800;
const WEBHOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A request as it came off the wire.
struct Asked {
    line: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// A gateway that answers each request with the next of its answers.
struct Gateway {
    url: String,
    asked: mpsc::Receiver<Asked>,
}

impl Gateway {
    fn answering(answers: Vec<(u16, &'static str)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, asked) = mpsc::channel();
        thread::spawn(move || {
            for (status, body) in answers {
                let (stream, _) = listener.accept().unwrap();
                sender.send(read(&stream)).unwrap();
                let location = "location: http://127.0.0.1:9/elsewhere\r\n";
                write!(
                    &stream,
                    "HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{location}connection: close\r\n\
                     \r\n{body}",
                    body.len()
                )
                .unwrap();
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> Asked {
        self.asked.recv().unwrap()
    }
}

fn read(stream: &TcpStream) -> Asked {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Asked {
        line: line.trim_end().to_owned(),
        headers,
        body: String::from_utf8(body).unwrap(),
    }
}

pub(crate) fn noon() -> Timestamp {
    Timestamp::EPOCH.plus_seconds(NOON)
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(noon()))
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

pub(crate) fn code() -> OutboundMessage {
    OutboundMessage {
        id: MessageId::new(noon(), &SeededEntropy::new(1)),
        user: None,
        channel: Channel::Sms,
        to: Contact::parse("+8613800000001", &Policy::sandbox()).unwrap(),
        template: "registration_code".to_owned(),
        title: "Your code".to_owned(),
        text: secret("Tael: 123456 is your code"),
        code: Some(secret("123456")),
        token: None,
        tries: 1,
        expires_at: noon().plus_seconds(300),
        is_resumed: false,
    }
}

fn templates() -> Templates {
    let names = [("registration_code".to_owned(), "SMS_1".to_owned())];
    Templates::new(names.into())
}

fn http(runtime: &Runtime, reach: Reach) -> Http {
    Http::new(runtime.handle().clone(), reach).unwrap()
}

fn temporary(outcome: &Result<Delivery, SendFault>) -> bool {
    matches!(outcome, Err(SendFault::Temporary(_)))
}

fn unknown(outcome: &Result<Delivery, SendFault>) -> bool {
    matches!(outcome, Err(SendFault::Unknown(_)))
}

fn permanent(outcome: &Result<Delivery, SendFault>) -> bool {
    matches!(outcome, Err(SendFault::Permanent(_)))
}

fn aliyun(runtime: &Runtime, url: &str) -> Aliyun {
    Aliyun {
        http: http(runtime, Reach::Private),
        clock: clock(),
        entropy: Arc::new(SeededEntropy::new(2)),
        endpoint: url.parse().unwrap(),
        access_key_id: "key-id".to_owned(),
        access_key_secret: secret("key-secret"),
        sign_name: "塔尔".to_owned(),
        templates: templates(),
    }
}

#[test]
fn aliyun_is_asked_as_it_documents_and_understood() {
    let runtime = Runtime::new().unwrap();
    let gateway = Gateway::answering(vec![
        (200, r#"{"Code":"OK","BizId":"9006197469364984^0"}"#),
        (200, r#"{"Code":"OK"}"#),
        (200, r#"{"Code":"isv.BUSINESS_LIMIT_CONTROL"}"#),
        (200, r#"{"Code":"isv.MOBILE_NUMBER_ILLEGAL"}"#),
        (503, "busy"),
        (400, r#"{"Code":"SignatureDoesNotMatch"}"#),
        (200, r#"{"Code":"isp.SYSTEM_ERROR"}"#),
    ]);
    let aliyun = aliyun(&runtime, &gateway.url);
    let receipt = aliyun.send(&code()).unwrap().receipt;
    assert_eq!(receipt.as_deref(), Some("9006197469364984^0"));
    let asked = gateway.asked();
    assert_eq!(
        asked.line,
        format!(
            "POST /?OutId={}&PhoneNumbers=13800000001&SignName=%E5%A1%94%E5%B0%94\
             &TemplateCode=SMS_1&TemplateParam=%7B%22code%22%3A%22123456%22%7D HTTP/1.1",
            code().id
        )
    );
    assert_eq!(asked.headers["x-acs-date"], "2026-11-22T12:00:00Z");
    assert_eq!(asked.headers["x-acs-action"], "SendSms");
    assert_eq!(asked.headers["x-acs-signature-nonce"].len(), 32);
    assert!(
        asked.headers["authorization"]
            .starts_with("ACS3-HMAC-SHA256 Credential=key-id,SignedHeaders=host;")
    );
    assert_eq!(aliyun.send(&code()).unwrap().receipt, None);
    let nonce = gateway.asked().headers["x-acs-signature-nonce"].clone();
    assert_ne!(nonce, asked.headers["x-acs-signature-nonce"]);
    assert!(temporary(&aliyun.send(&code())));
    assert!(permanent(&aliyun.send(&code())));
    assert!(unknown(&aliyun.send(&code())), "503 and no word about it");
    assert!(permanent(&aliyun.send(&code())));
    assert!(unknown(&aliyun.send(&code())));
    assert!(!aliyun.deduplicates(&code()));
    let strange = OutboundMessage {
        template: "welcome".to_owned(),
        ..code()
    };
    assert!(permanent(&aliyun.send(&strange)), "no template is set");
}

#[test]
fn tencent_is_asked_as_it_documents_and_understood() {
    let runtime = Runtime::new().unwrap();
    let sent = r#"{"Response":{"SendStatusSet":[{"SerialNo":"5000:1","Code":"Ok"}]}}"#;
    let gateway = Gateway::answering(vec![
        (200, sent),
        (
            200,
            r#"{"Response":{"SendStatusSet":[{"Code":"FailedOperation.PhoneNumberInBlacklist"}]}}"#,
        ),
        (
            200,
            r#"{"Response":{"Error":{"Code":"InternalError.Timeout"}}}"#,
        ),
        (
            200,
            r#"{"Response":{"Error":{"Code":"RequestLimitExceeded.IPLimitExceeded"}}}"#,
        ),
        (
            200,
            r#"{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure"}}}"#,
        ),
    ]);
    let tencent = Tencent {
        http: http(&runtime, Reach::Private),
        clock: clock(),
        endpoint: gateway.url.parse().unwrap(),
        region: "ap-guangzhou".to_owned(),
        secret_id: "id".to_owned(),
        secret_key: secret("key"),
        app_id: "1400006666".to_owned(),
        sign_name: "塔尔".to_owned(),
        templates: templates(),
    };
    let receipt = tencent.send(&code()).unwrap().receipt;
    assert_eq!(receipt.as_deref(), Some("5000:1"));
    let asked = gateway.asked();
    assert_eq!(asked.line, "POST / HTTP/1.1");
    assert_eq!(asked.headers["x-tc-timestamp"], NOON.to_string());
    assert_eq!(asked.headers["x-tc-version"], "2021-01-11");
    assert!(
        asked.headers["authorization"]
            .starts_with("TC3-HMAC-SHA256 Credential=id/2026-11-22/sms/tc3_request, ")
    );
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body["PhoneNumberSet"][0], "+8613800000001");
    assert_eq!(body["TemplateParamSet"][0], "123456");
    assert!(permanent(&tencent.send(&code())));
    assert!(unknown(&tencent.send(&code())));
    assert!(temporary(&tencent.send(&code())));
    assert!(permanent(&tencent.send(&code())));
}

#[test]
fn twilio_is_asked_as_it_documents_and_understood() {
    let runtime = Runtime::new().unwrap();
    let gateway = Gateway::answering(vec![
        (201, r#"{"sid":"SM1234567890abcdef"}"#),
        (
            400,
            r#"{"code":21211,"message":"Invalid 'To' +8613800000001"}"#,
        ),
        (429, r#"{"code":20429}"#),
        (500, r#"{"code":20500}"#),
    ]);
    let twilio = Twilio {
        http: http(&runtime, Reach::Private),
        endpoint: gateway.url.parse().unwrap(),
        account: "AC1".to_owned(),
        // The example of RFC 7617, section 2.
        key: "Aladdin".to_owned(),
        secret: secret("open sesame"),
        from: "+15005550006".to_owned(),
    };
    let receipt = twilio.send(&code()).unwrap().receipt;
    assert_eq!(receipt.as_deref(), Some("SM1234567890abcdef"));
    let asked = gateway.asked();
    assert_eq!(
        asked.line,
        "POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1"
    );
    assert_eq!(
        asked.headers["authorization"],
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    );
    assert_eq!(
        asked.body,
        "To=%2B8613800000001&From=%2B15005550006&Body=Tael%3A+123456+is+your+code"
    );
    let refused = twilio.send(&code());
    assert!(permanent(&refused));
    assert!(!format!("{refused:?}").contains("138"), "{refused:?}");
    assert!(temporary(&twilio.send(&code())));
    assert!(unknown(&twilio.send(&code())));
}

#[test]
fn a_webhook_is_signed_so_that_its_library_accepts_it() {
    let runtime = Runtime::new().unwrap();
    let gateway = Gateway::answering(vec![(200, r#"{"id":"gw-1"}"#), (302, ""), (410, "")]);
    let webhook = Webhook::new(
        http(&runtime, Reach::Private),
        clock(),
        gateway.url.parse().unwrap(),
        &secret(WEBHOOK_SECRET),
    )
    .unwrap();
    let receipt = webhook.send(&code()).unwrap().receipt;
    assert_eq!(receipt.as_deref(), Some("gw-1"));
    let asked = gateway.asked();
    assert_eq!(asked.headers["webhook-id"], code().id.to_string());
    assert_eq!(asked.headers["webhook-timestamp"], NOON.to_string());
    let signer = standardwebhooks::Webhook::new(WEBHOOK_SECRET).unwrap();
    let signature = signer
        .sign(&code().id.to_string(), NOON, asked.body.as_bytes())
        .unwrap();
    assert_eq!(asked.headers["webhook-signature"], signature);
    let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(body["data"]["to"], "+8613800000001");
    assert_eq!(body["data"]["code"], "123456");
    assert!(permanent(&webhook.send(&code())), "no redirect is followed");
    assert!(permanent(&webhook.send(&code())));
    for weak in ["", "changeme", "whsec_", "whsec_short", "whsec_!!"] {
        let made = Webhook::new(
            http(&runtime, Reach::Private),
            clock(),
            gateway.url.parse().unwrap(),
            &secret(weak),
        );
        assert!(made.is_err(), "{weak}");
    }
}

/// S-49: the guard judges the address that is connected to, however it is spelled.
#[test]
fn a_public_gateway_is_never_an_address_inside() {
    let runtime = Runtime::new().unwrap();
    let inside = TcpListener::bind("127.0.0.1:0").unwrap();
    inside.set_nonblocking(true).unwrap();
    let port = inside.local_addr().unwrap().port();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "localhost",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "[fd00::1]",
        "10.0.0.1",
    ] {
        let webhook = Webhook::new(
            http(&runtime, Reach::Public),
            clock(),
            format!("https://{host}:{port}/").parse().unwrap(),
            &secret(WEBHOOK_SECRET),
        )
        .unwrap();
        let refused = webhook.send(&code());
        assert_eq!(
            refused,
            Err(SendFault::Permanent("the address is not allowed".into())),
            "{host}"
        );
    }
    for (reach, url) in [
        (Reach::Public, "http://gateway.example/"),
        (Reach::Private, "http://10.0.0.1/"),
    ] {
        let url = url.parse().unwrap();
        let plain = Webhook::new(http(&runtime, reach), clock(), url, &secret(WEBHOOK_SECRET));
        assert!(permanent(&plain.unwrap().send(&code())), "not without TLS");
    }
    assert!(inside.accept().is_err(), "nobody knocked");
}

/// Silence after a request is neither a yes nor a no.
#[test]
fn a_gateway_that_hangs_up_leaves_the_outcome_open() {
    let runtime = Runtime::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        read(&stream);
    });
    let aliyun = aliyun(&runtime, &url);
    assert!(unknown(&aliyun.send(&code())));
    // Nobody listens any more: nothing was sent.
    assert!(temporary(&aliyun.send(&code())));
}

struct Took(&'static str);

impl Messenger for Took {
    fn send(&self, _: &OutboundMessage) -> Result<Delivery, SendFault> {
        Ok(Delivery {
            receipt: Some(self.0.to_owned()),
        })
    }

    fn deduplicates(&self, _: &OutboundMessage) -> bool {
        self.0 == "home"
    }
}

#[test]
fn each_country_and_channel_has_its_own_gateway() {
    let to = |address: &str| {
        let to = Contact::parse(address, &Policy::sandbox()).unwrap();
        OutboundMessage {
            channel: Channel::to_kind(to.kind()),
            to,
            ..code()
        }
    };
    let mut board = Switchboard::default();
    assert!(board.is_empty() && permanent(&board.send(&code())));
    board.email = Some(Arc::new(Took("mail")));
    assert!(!board.is_empty() && permanent(&board.send(&code())));
    board.sms.push(SmsRoute {
        countries: vec!["CN".to_owned()],
        gateway: Arc::new(Took("home")),
    });
    let abroad = to("+14155552671");
    assert!(permanent(&board.send(&abroad)), "nobody sends there");
    board.sms.push(SmsRoute {
        countries: vec![],
        gateway: Arc::new(Took("abroad")),
    });
    let sent = |message: &OutboundMessage| board.send(message).unwrap().receipt;
    assert_eq!(sent(&code()).as_deref(), Some("home"));
    assert_eq!(sent(&abroad).as_deref(), Some("abroad"));
    assert_eq!(sent(&to("alice@example.org")).as_deref(), Some("mail"));
    assert!(board.deduplicates(&code()) && !board.deduplicates(&abroad));
}
