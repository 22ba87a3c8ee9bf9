//! A source file as a flat run of tokens: comments, documentation and attributes are gone, so that
//! a rule about words looks at code alone.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, LexError, Literal, TokenStream, TokenTree};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    /// A literal in quotes; `text` is what stands between them, escapes as written.
    Text,
    Number,
    /// One sign; brackets are signs too.
    Sign,
}

/// One token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub line: usize,
    pub kind: Kind,
    pub text: String,
    /// Inside an item that is compiled for tests alone.
    pub in_test: bool,
}

/// The tokens of a source text, top to bottom.
pub(crate) fn tokens_of(source: &str) -> Result<Vec<Token>, LexError> {
    let mut tokens = Vec::new();
    flatten(TokenStream::from_str(source)?, false, &mut tokens);
    Ok(tokens)
}

fn flatten(stream: TokenStream, in_test: bool, tokens: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    let mut item_in_test = in_test;
    while let Some(tree) = trees.next() {
        if let TokenTree::Punct(sign) = &tree
            && sign.as_char() == '#'
        {
            let is_inner = matches!(trees.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '!');
            if is_inner {
                trees.next();
            }
            if let Some(TokenTree::Group(attribute)) = trees.peek()
                && attribute.delimiter() == Delimiter::Bracket
            {
                item_in_test |= is_test_mark(attribute);
                trees.next();
                continue;
            }
        }
        let ends_item = push(tree, item_in_test, tokens);
        if ends_item {
            item_in_test = in_test;
        }
    }
}

/// Whether an attribute keeps its item out of the product: `cfg(test)`, `test`, `tokio::test`.
fn is_test_mark(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    text == "cfg(test)" || text == "test" || text.starts_with("tokio::test")
}

/// Adds what a tree holds; true if an item ends with it.
fn push(tree: TokenTree, in_test: bool, tokens: &mut Vec<Token>) -> bool {
    let line = tree.span().start().line;
    let mut add = |kind, text| {
        tokens.push(Token {
            line,
            kind,
            text,
            in_test,
        })
    };
    match tree {
        TokenTree::Ident(word) => add(Kind::Word, word.to_string()),
        TokenTree::Literal(literal) => {
            let (kind, text) = read_literal(&literal);
            add(kind, text);
        }
        TokenTree::Punct(sign) => {
            add(Kind::Sign, sign.as_char().to_string());
            return sign.as_char() == ';';
        }
        TokenTree::Group(group) => {
            let (open, close) = brackets(group.delimiter());
            add(Kind::Sign, open.to_owned());
            let end = group.span_close().start().line;
            flatten(group.stream(), in_test, tokens);
            tokens.push(Token {
                line: end,
                kind: Kind::Sign,
                text: close.to_owned(),
                in_test,
            });
            return group.delimiter() == Delimiter::Brace;
        }
    }
    false
}

fn read_literal(literal: &Literal) -> (Kind, String) {
    let written = literal.to_string();
    match (written.find('"'), written.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            (Kind::Text, written[first + 1..last].to_owned())
        }
        _ if written.starts_with('\'') || written.starts_with("b'") => (Kind::Text, written),
        _ => (Kind::Number, written),
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<(usize, String)> {
        let tokens = tokens_of(source).unwrap();
        tokens
            .into_iter()
            .filter(|token| token.kind == Kind::Word)
            .map(|token| (token.line, token.text))
            .collect()
    }

    #[test]
    fn comments_documentation_and_attributes_are_gone() {
        let source =
            "//! f64 in a page\n/// f64 in words\n#[doc(alias = \"f64\")]\nfn a() {} // f64\n";
        assert_eq!(words(source), [(4, "fn".to_owned()), (4, "a".to_owned())]);
    }

    #[test]
    fn texts_inside_macros_are_seen() {
        let tokens = tokens_of("sql! { pub A = \"SELECT 1\"; }").unwrap();
        let texts: Vec<&str> = tokens
            .iter()
            .filter(|t| t.kind == Kind::Text)
            .map(|t| t.text.as_str())
            .collect();
        assert_eq!(texts, ["SELECT 1"]);
    }

    #[test]
    fn an_item_for_tests_is_marked_to_its_end_and_no_further() {
        let source = "#[cfg(test)]\nmod tests { fn a() {} }\nfn b() {}\n#[test]\nfn c() { d() }\n";
        let tokens = tokens_of(source).unwrap();
        let marked = |word: &str| tokens.iter().find(|t| t.text == word).unwrap().in_test;
        assert!(marked("a") && marked("c") && marked("d"));
        assert!(!marked("b"));
    }

    #[test]
    fn numbers_and_characters_are_told_apart() {
        let tokens = tokens_of("let a = 1.5; let b = '\"'; let c = b\"x\";").unwrap();
        let kinds: Vec<Kind> = tokens.iter().map(|token| token.kind).collect();
        assert_eq!(
            kinds.iter().filter(|kind| **kind == Kind::Number).count(),
            1
        );
        assert_eq!(kinds.iter().filter(|kind| **kind == Kind::Text).count(), 2);
    }
}
