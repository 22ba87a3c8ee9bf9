//! A message as a mail: one subject, the text twice (plain and HTML), and nothing of what people
//! named themselves in a header but as one line.

use std::time::{Duration, UNIX_EPOCH};

use identity::{OutboundMessage, SendFault};
use lettre::{
    Message,
    message::{
        Mailbox, MultiPart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use vocab::Timestamp;

/// Writes the mail. A repeat carries the same id, so that a mailbox can tell.
pub(super) fn write(
    message: &OutboundMessage,
    from: &Mailbox,
    now: Timestamp,
) -> Result<Message, SendFault> {
    let unusable = || SendFault::Permanent("the message cannot be written as mail".into());
    let to: Mailbox = message.to.value().parse().map_err(|_| unusable())?;
    let text = message.text.expose();
    Message::builder()
        .message_id(Some(format!("<{}@{}>", message.id, from.email.domain())))
        .date(UNIX_EPOCH + Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0)))
        .from(from.clone())
        .to(to)
        .subject(one_line(&message.title))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(
            text.to_owned(),
            html(text),
        ))
        .map_err(|_| unusable())
}

/// Header injection ends here, whatever the builder does.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The text as one paragraph, with what begins like a web address as a link to just that address.
fn html(text: &str) -> String {
    let begins = ["https://", "http://"]
        .iter()
        .filter_map(|s| text.find(s))
        .min();
    let body = match begins {
        None => escaped(text),
        Some(begins) => {
            let (before, rest) = text.split_at(begins);
            let ends = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (link, after) = rest.split_at(ends);
            let (before, link, after) = (escaped(before), escaped(link), escaped(after));
            format!("{before}<a href=\"{link}\">{link}</a>{after}")
        }
    };
    format!("<!doctype html><meta charset=\"utf-8\"><p>{body}</p>")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Tells other programs not to answer (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_and_never_run() {
        let shown = html("Signed in on <script>\"x\" & 'y'</script>. https://a.example/#t&u end");
        assert_eq!(
            shown,
            "<!doctype html><meta charset=\"utf-8\"><p>Signed in on &lt;script&gt;&quot;x&quot; \
             &amp; &#39;y&#39;&lt;/script&gt;. <a href=\"https://a.example/#t&amp;u\">\
             https://a.example/#t&amp;u</a> end</p>"
        );
        assert!(html("no link").ends_with("<p>no link</p>"));
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(one_line("a\r\nBcc: b\u{85}c"), "a  Bcc: b c");
    }
}
