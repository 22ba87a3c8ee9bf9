//! SMS gateways. Vendors in China send registered templates only, so what travels there is the
//! template's number and the code; the others take the text.

mod aliyun;
mod tencent;
mod twilio;
mod webhook;

use std::collections::BTreeMap;

pub use aliyun::Aliyun;
use identity::{OutboundMessage, Secret, SendFault};
pub use tencent::Tencent;
pub use twilio::Twilio;
pub use webhook::Webhook;

use crate::http::Answer;

/// Characters of a vendor's code or receipt that are kept at most.
const CODE_LONGEST: usize = 64;

/// Which of the vendor's templates carries which of ours.
#[derive(Clone, Debug, Default)]
pub struct Templates(BTreeMap<String, String>);

impl Templates {
    /// From our names, such as `registration_code`, to the vendor's.
    pub fn new(names: BTreeMap<String, String>) -> Self {
        Self(names)
    }

    fn vendors(&self, message: &OutboundMessage) -> Result<&str, SendFault> {
        let found = self.0.get(&message.template).map(String::as_str);
        found.ok_or_else(|| {
            let template = &message.template;
            SendFault::Permanent(format!("no template of the gateway is set for {template}"))
        })
    }
}

/// The code or the Token that a registered template has a place for.
fn parameter(message: &OutboundMessage) -> Option<&Secret> {
    message.code.as_ref().or(message.token.as_ref())
}

/// What an answer without a vendor's code means: a refusal says that nothing was sent, a gateway's
/// own trouble does not say whether something was.
fn refused(answer: &Answer, said: &str) -> SendFault {
    let text = format!("the gateway answered {}{said}", answer.status);
    match answer.status {
        // RFC 9110, 15.5.9; RFC 8470; RFC 6585: the request was not acted on.
        408 | 425 | 429 => SendFault::Temporary(text),
        300..500 => SendFault::Permanent(text),
        _ => SendFault::Unknown(text),
    }
}

/// A vendor's code for what went wrong, if it is one and no text about a person.
fn code_of(answer: &serde_json::Value, path: &str) -> String {
    let code = answer.pointer(path).map(|code| match code {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let is_code =
        |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b':' | b'^' | b'-');
    code.filter(|code| code.len() <= CODE_LONGEST && code.bytes().all(is_code))
        .unwrap_or_default()
}

/// The gateway's name for what it took.
fn receipt_of(answer: &serde_json::Value, path: &str) -> Option<String> {
    Some(code_of(answer, path)).filter(|receipt| !receipt.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_are_repeated_and_no_texts() {
        let answer = serde_json::json!({
            "code": 21211, "text": "Invalid 'To' +8613800000001", "id": "9006197469364984^0",
            "null": null, "long": "x".repeat(65),
        });
        assert_eq!(code_of(&answer, "/code"), "21211");
        assert_eq!(code_of(&answer, "/text"), "");
        assert_eq!(code_of(&answer, "/long"), "");
        assert_eq!(
            receipt_of(&answer, "/id").as_deref(),
            Some("9006197469364984^0")
        );
        assert_eq!(receipt_of(&answer, "/missing"), None);
    }

    #[test]
    fn a_status_alone_says_only_what_it_says() {
        let said = |status| {
            refused(
                &Answer {
                    status,
                    body: String::new(),
                },
                "",
            )
        };
        for busy in [408, 425, 429] {
            assert!(matches!(said(busy), SendFault::Temporary(_)), "{busy}");
        }
        for no in [302, 400, 401, 404, 410] {
            assert!(matches!(said(no), SendFault::Permanent(_)), "{no}");
        }
        for trouble in [500, 502, 503, 504] {
            assert!(matches!(said(trouble), SendFault::Unknown(_)), "{trouble}");
        }
    }
}
