//! All SQL of the product, held against what the engines share.

use testkit::{root, sql};

#[test]
fn every_statement_is_in_the_shared_dialect() {
    let texts = sql::texts(root()).unwrap();
    let mut found = Vec::new();
    for text in &texts {
        for refusal in sql::refusals(&text.sql) {
            found.push(format!("{}:{}: {refusal}", text.path.display(), text.line));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(texts.len() > 100, "only {} texts were found", texts.len());
}
