use std::{fs, path::Path};

use ledger::{
    Side,
    proof::{PublicKey, Receipt, ReceiptPosting},
};
use vocab::Money;

use crate::{failure::Failure, terminal};

/// A receipt has some kilobytes; more is no receipt.
const MAX_BYTES: u64 = 1024 * 1024;

/// `tael verify-receipt`: whether everything that the file says was in a block that the key signed.
/// Asks nobody.
pub fn run(file: &Path, key: Option<&str>) -> Result<(), Failure> {
    let expected = key.map(parse_key).transpose()?;
    let receipt = judge(&read(file)?, expected.as_ref())
        .map_err(|reason| Failure::found_wrong(format!("{}: {reason}", file.display())))?;
    for line in proven(&receipt, expected.is_some()) {
        terminal::say(&line);
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, Failure> {
    let unreadable = |reason: String| {
        Failure::used_wrongly(format!("{} cannot be read: {reason}", file.display()))
    };
    let length = fs::metadata(file)
        .map_err(|error| unreadable(error.to_string()))?
        .len();
    if length > MAX_BYTES {
        return Err(unreadable("it is too large for a receipt".to_owned()));
    }
    let bytes = fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::found_wrong(format!(
            "{}: not a receipt: it is not UTF-8 text",
            file.display()
        ))
    })
}

/// The receipt that `text` is, if it is genuine and signed by `expected` or, without that, by the
/// key it names; otherwise the reason.
pub fn judge(text: &str, expected: Option<&PublicKey>) -> Result<Receipt, String> {
    let receipt = read_strictly(text)?;
    verify(&receipt, expected)?;
    Ok(receipt)
}

/// Reads a receipt that is written as the server writes it, white space aside. Otherwise two files
/// that differ could claim the same, and people would have to wonder which one is right.
fn read_strictly(text: &str) -> Result<Receipt, String> {
    let receipt = api::receipt::parse(text).map_err(|error| error.to_string())?;
    if without_white_space(text) == without_white_space(&api::receipt::print(&receipt)) {
        Ok(receipt)
    } else {
        Err(
            "not a receipt as the server writes it: something was added or written differently"
                .to_owned(),
        )
    }
}

fn verify(receipt: &Receipt, expected: Option<&PublicKey>) -> Result<(), String> {
    receipt.verify().map_err(|error| error.to_string())?;
    match expected {
        Some(key) if *key != receipt.head.key => Err(format!(
            "the block was signed by another key, {}, not by {}",
            receipt.head.key.fingerprint(),
            key.fingerprint()
        )),
        _ => Ok(()),
    }
}

/// JSON without the white space between its tokens.
fn without_white_space(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let keep = |c: &char| {
        let insignificant = !quoted && matches!(c, ' ' | '\t' | '\n' | '\r');
        if *c == '"' && !escaped {
            quoted = !quoted;
        }
        escaped = quoted && *c == '\\' && !escaped;
        !insignificant
    };
    text.chars().filter(keep).collect()
}

fn parse_key(text: &str) -> Result<PublicKey, Failure> {
    let wrong = || Failure::used_wrongly("--key must be the 64 hexadecimal digits of a public key");
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(wrong());
    }
    let mut bytes = [0; 32];
    for (byte, place) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[place..place + 2], 16).map_err(|_| wrong())?;
    }
    PublicKey::from_bytes(&bytes).map_err(|_| wrong())
}

fn proven(receipt: &Receipt, is_key_known: bool) -> Vec<String> {
    let head = &receipt.head.head;
    let mut lines = vec![format!("genuine: this was posted at {}", receipt.at)];
    lines.extend(receipt.postings.iter().map(posting));
    lines.push(format!(
        "  in block {}, place {} of {}, sealed at {}",
        head.height,
        receipt.index + 1,
        head.count,
        head.at
    ));
    lines.push(format!(
        "  signed by key {}",
        receipt.head.key.fingerprint()
    ));
    if !is_key_known {
        lines
            .push("  compare that key with the one the wallet publishes, or give --key".to_owned());
    }
    lines
}

fn posting(posting: &ReceiptPosting) -> String {
    let verb = match posting.side {
        Side::Debit => "paid by",
        Side::Credit => "received by",
    };
    format!(
        "  {} {verb} {}",
        Money::new(posting.amount, posting.currency),
        posting.account
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_counts_only_inside_of_texts() {
        let text = "{ \"a b\" :\t[1,\n 2 ], \"q\\\" \" : \"x\\\\\" , \"y\": \" \" }";
        let expected = "{\"a b\":[1,2],\"q\\\" \":\"x\\\\\",\"y\":\" \"}";
        assert_eq!(without_white_space(text), expected);
    }

    #[test]
    fn a_key_is_64_digits_of_a_usable_key() {
        let seed = ledger::proof::Signer::from_seed(&[7; 32]);
        let bytes = seed.public_key().to_bytes();
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(parse_key(&text).unwrap(), seed.public_key());
        for bad in ["", "ab", &"0".repeat(64), &"zz".repeat(32), &"é".repeat(32)] {
            assert!(parse_key(bad).is_err(), "{bad}");
        }
    }
}
