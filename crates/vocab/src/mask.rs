//! How a person is shown to others: enough to recognise, too little to identify.

/// A phone number in E.164, masked as `138****0001` for mainland China (the country code left out)
/// and `+44****0123` elsewhere.
pub fn mask_phone(e164: &str) -> String {
    let national = e164.strip_prefix("+86").filter(|rest| rest.len() == 11);
    let digits: Vec<char> = national.unwrap_or(e164).chars().collect();
    let head = 3.min(digits.len());
    let tail = digits.len().saturating_sub(4).max(head);
    let mut masked: String = digits[..head].iter().collect();
    masked.push_str("****");
    masked.extend(&digits[tail..]);
    masked
}

/// An e-mail address, masked as `a***@example.com`.
pub fn mask_email(address: &str) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    let first: String = local.chars().take(1).collect();
    format!("{first}***@{domain}")
}

/// A name, masked as wallets in China show it: all but the last character hidden (`*三`, `**明`);
/// for names of several words each word keeps its first letter (`A**** S****`).
pub fn mask_name(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let is_latin = words
        .iter()
        .all(|word| word.chars().all(|c| c.is_ascii() || c < '\u{2e80}'));
    if is_latin {
        let masked = words.iter().map(|word| {
            let first: String = word.chars().take(1).collect();
            format!("{first}***")
        });
        return masked.collect::<Vec<_>>().join(" ");
    }
    let chars: Vec<char> = words.concat().chars().collect();
    match chars.split_last() {
        None => String::new(),
        Some((_, [])) => "*".to_owned(),
        Some((last, hidden)) => {
            let mut masked = "*".repeat(hidden.len().min(3));
            masked.push(*last);
            masked
        }
    }
}
