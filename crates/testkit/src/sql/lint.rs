use std::collections::BTreeSet;

use sqlparser::{
    dialect::{Dialect, PostgreSqlDialect, SQLiteDialect},
    keywords::Keyword,
    parser::Parser,
    tokenizer::{Token, Tokenizer},
};

/// Words with a meaning that not all of the family share, and why.
const WORDS: &[(&str, &str)] = &[
    ("ROWID", "the order of rows is no value: name a key"),
    ("_ROWID_", "the order of rows is no value: name a key"),
    ("OID", "an engine's own column"),
    ("CTID", "an engine's own column"),
    ("SERIAL", "ids come from the program, sequences differ"),
    ("BIGSERIAL", "ids come from the program, sequences differ"),
    (
        "AUTOINCREMENT",
        "ids come from the program, sequences differ",
    ),
    ("IDENTITY", "ids come from the program, sequences differ"),
    ("GENERATED", "ids come from the program, sequences differ"),
    ("SEQUENCE", "ids come from the program, sequences differ"),
    ("REPLACE", "deletes and inserts: use ON CONFLICT"),
    ("IGNORE", "SQLite alone: use ON CONFLICT DO NOTHING"),
    ("TRIGGER", "missing or late in the family"),
    ("LISTEN", "missing in the family"),
    ("NOTIFY", "missing in the family"),
    ("LOCK", "a lease row with a fencing number instead"),
    ("LOCKED", "SQLite lacks it: claim by an update with a lease"),
    ("NOWAIT", "SQLite lacks it"),
    ("SHARE", "SQLite lacks it: lock with {for_update}"),
    ("DEFERRABLE", "missing in the family"),
    ("EXCLUDE", "missing in the family"),
    (
        "CASCADE",
        "correctness must not need it, and shards refuse it",
    ),
    ("TEMP", "missing in the family"),
    ("TEMPORARY", "missing in the family"),
    ("COPY", "missing in the family"),
    ("MERGE", "missing in the family"),
    ("UPSERT", "one engine's word"),
    ("PRAGMA", "one engine's word"),
    ("ATTACH", "one engine's word"),
    ("VACUUM", "the operator's, not the program's"),
    ("SAVEPOINT", "a retry must be outermost"),
    ("LIKE", "SQLite ignores case: compare in the program"),
    ("ILIKE", "SQLite lacks it"),
    ("GLOB", "SQLite alone"),
    ("REGEXP", "one engine's word"),
    ("COLLATE", "order by bytes: the collation is C"),
    ("ANY", "SQLite lacks arrays: IN with a padded list"),
    ("UNNEST", "SQLite lacks arrays: several rows of VALUES"),
    ("ARRAY", "SQLite lacks arrays"),
    ("INTERVAL", "time is whole microseconds from the program"),
    ("CURRENT_TIMESTAMP", "time comes from the program"),
    ("CURRENT_TIME", "time comes from the program"),
    ("CURRENT_DATE", "time comes from the program"),
    ("REAL", "no floats"),
    ("FLOAT", "no floats"),
    ("DOUBLE", "no floats"),
    ("NUMERIC", "no floats, no decimals: whole minor units"),
    ("DECIMAL", "no floats, no decimals: whole minor units"),
    ("BOOLEAN", "differs: a whole number or a word"),
    ("TIMESTAMP", "time is whole microseconds"),
    ("TIMESTAMPTZ", "time is whole microseconds"),
    ("JSON", "operators differ: opaque TEXT"),
    ("JSONB", "operators differ: opaque TEXT"),
    ("UUID", "SQLite lacks it"),
    ("VARCHAR", "TEXT"),
    ("TOTAL", "answers a float"),
];

/// Types spelled in a definition that the waist has a name for.
const ENGINE_TYPES: &[(&str, &str)] = &[
    ("BIGINT", "{int64}"),
    ("INTEGER", "{int64}"),
    ("INT", "{int64}"),
    ("SMALLINT", "{int64}"),
    ("BLOB", "{blob}"),
    ("BYTEA", "{blob}"),
    ("STRICT", "{strict}"),
    ("WITHOUT", "{strict_clustered}"),
];

/// Functions that all of the family have and understand alike.
const FUNCTIONS: &[&str] = &[
    "ABS", "CAST", "COALESCE", "COUNT", "LENGTH", "MAX", "MIN", "NULLIF", "SUM",
];

/// Words after which a name before a bracket is a table with its columns, not a function.
const BEFORE_TABLES: &[&str] = &["INTO", "TABLE", "ON", "REFERENCES", "EXISTS", "WITH"];

/// Words before a bracket that are neither.
const NO_FUNCTIONS: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "BETWEEN",
    "BY",
    "CASE",
    "CHECK",
    "CONFLICT",
    "DISTINCT",
    "ELSE",
    "EXCEPT",
    "EXISTS",
    "FROM",
    "HAVING",
    "IN",
    "INTERSECT",
    "JOIN",
    "KEY",
    "LIMIT",
    "NOT",
    "ON",
    "OR",
    "RETURNING",
    "SELECT",
    "SET",
    "THEN",
    "UNION",
    "UNIQUE",
    "USING",
    "VALUES",
    "WHEN",
    "WHERE",
];

/// Tables that need no key: rows are counted and thrown away, never named.
const KEYLESS: &[&str] = &["CODE_SENDS"];

/// What the waist puts in for SQLite and for PostgreSQL.
const MARKS: &[(&str, &str, &str)] = &[
    ("{int64}", "INTEGER", "BIGINT"),
    ("{blob}", "BLOB", "BYTEA"),
    ("{strict_clustered}", "STRICT, WITHOUT ROWID", ""),
    ("{strict}", "STRICT", ""),
    ("{for_update}", "", "FOR UPDATE"),
];

/// The text as SQLite gets it, but for the table options, which the parser does not know.
pub fn for_sqlite(sql: &str) -> String {
    let mut text = sql.to_owned();
    for (mark, sqlite, _) in MARKS {
        let sqlite = if mark.contains("strict") { "" } else { sqlite };
        text = text.replace(mark, sqlite);
    }
    text.replace('$', "?")
}

/// The text as PostgreSQL gets it.
pub fn for_postgres(sql: &str) -> String {
    MARKS
        .iter()
        .fold(sql.to_owned(), |text, (mark, _, postgres)| {
            text.replace(mark, postgres)
        })
}

/// Why a statement may not stand in the product; empty if it may.
pub fn refusals(sql: &str) -> Vec<String> {
    let postgres = for_postgres(sql);
    if let Some(mark) = postgres.find('{') {
        let mark: String = postgres[mark..].chars().take(20).collect();
        return vec![format!("`{mark}`: no mark of the waist; SQL is constant")];
    }
    let mut refusals = BTreeSet::new();
    let engines: [(&str, &dyn Dialect, &str); 2] = [
        ("PostgreSQL", &PostgreSqlDialect {}, &postgres),
        ("SQLite", &SQLiteDialect {}, &for_sqlite(sql)),
    ];
    for (engine, dialect, text) in engines {
        match Parser::parse_sql(dialect, text) {
            Ok(statements) if statements.len() == 1 => {}
            Ok(statements) => {
                refusals.insert(format!("{} statements in one text", statements.len()));
            }
            Err(error) => {
                refusals.insert(format!("{engine} does not read it: {error}"));
            }
        }
    }
    let plain = sql.replace("{for_update}", "");
    match Tokenizer::new(&PostgreSqlDialect {}, &for_postgres(&plain)).tokenize() {
        Ok(tokens) => {
            let tokens: Vec<Token> = tokens
                .into_iter()
                .filter(|token| !matches!(token, Token::Whitespace(_)))
                .collect();
            judge_tokens(&tokens, &mut refusals);
            judge_placeholders(&tokens, &mut refusals);
        }
        Err(error) => {
            refusals.insert(error.to_string());
        }
    }
    judge_definition(sql, &mut refusals);
    refusals.into_iter().collect()
}

fn word(token: Option<&Token>) -> String {
    match token {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.value.to_ascii_uppercase(),
        _ => String::new(),
    }
}

fn judge_tokens(tokens: &[Token], refusals: &mut BTreeSet<String>) {
    let mut refuse = |what: String| {
        refusals.insert(what);
    };
    for (place, token) in tokens.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|before| tokens.get(before));
        match token {
            Token::Word(name) if name.quote_style.is_some() => {
                refuse(format!("\"{}\": SQLite may read a text", name.value));
            }
            Token::Word(_) => {
                let name = word(Some(token));
                if let Some((_, why)) = WORDS.iter().find(|(banned, _)| *banned == name) {
                    refuse(format!("{name}: {why}"));
                }
                if name == "OR" && ["INSERT", "UPDATE"].contains(&word(before).as_str()) {
                    refuse("INSERT OR: SQLite alone; use ON CONFLICT".to_owned());
                }
                if name == "FOR" && word(tokens.get(place + 1)) == "UPDATE" {
                    refuse("FOR UPDATE: write {for_update}".to_owned());
                }
                if name == "IS" && !is_plain_is(&tokens[place + 1..]) {
                    refuse("IS between values: SQLite alone".to_owned());
                }
                if is_function(tokens, place) && !FUNCTIONS.contains(&name.as_str()) {
                    refuse(format!("{name}(): not a function of all engines"));
                }
            }
            Token::Number(text, _) if text.contains(['.', 'e', 'E']) => {
                refuse(format!("{text}: no floats"));
            }
            Token::Div => refuse("/: engines differ in type and rounding".to_owned()),
            Token::DoubleEq => refuse("==: SQLite alone".to_owned()),
            Token::Mul if word(before) == "SELECT" || word(before) == "RETURNING" => {
                refuse("*: name the columns, their order is no contract".to_owned());
            }
            Token::HexStringLiteral(_) => refuse("x'…': a bit string on PostgreSQL".to_owned()),
            Token::DoubleColon => refuse("::: PostgreSQL alone; use CAST".to_owned()),
            Token::Arrow | Token::LongArrow => refuse("->: engines differ in JSON".to_owned()),
            _ => {}
        }
    }
}

fn is_plain_is(rest: &[Token]) -> bool {
    let next = word(rest.first());
    let after = word(rest.get(1));
    let plain = |word: &str| matches!(word, "NULL" | "TRUE" | "FALSE" | "DISTINCT");
    plain(&next) || (next == "NOT" && plain(&after))
}

fn is_function(tokens: &[Token], place: usize) -> bool {
    if tokens.get(place + 1) != Some(&Token::LParen) {
        return false;
    }
    let name = word(tokens.get(place));
    if NO_FUNCTIONS.contains(&name.as_str()) {
        return false;
    }
    let before = place.checked_sub(1).and_then(|before| tokens.get(before));
    if BEFORE_TABLES.contains(&word(before).as_str()) {
        return false;
    }
    // A common table: `name (columns) AS (`, after WITH or a comma.
    let close = tokens[place..]
        .iter()
        .position(|token| *token == Token::RParen);
    let is_common = close.is_some_and(|close| word(tokens.get(place + close + 1)) == "AS");
    let is_typed =
        matches!(tokens.get(place), Some(Token::Word(word)) if word.keyword == Keyword::TEXT);
    !(is_typed || is_common && before == Some(&Token::Comma))
}

/// PostgreSQL must be able to give every number up to the last a type.
fn judge_placeholders(tokens: &[Token], refusals: &mut BTreeSet<String>) {
    let used: BTreeSet<usize> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Placeholder(text) => text.trim_start_matches('$').parse().ok(),
            _ => None,
        })
        .collect();
    let last = used.last().copied().unwrap_or_default();
    for number in 1..last {
        if !used.contains(&number) {
            refusals.insert(format!("${number} is not used, ${last} is"));
        }
    }
    if last > 30_000 {
        refusals.insert(format!("${last}: SQLite takes 32,766 values"));
    }
}

fn judge_definition(sql: &str, refusals: &mut BTreeSet<String>) {
    let upper = sql.to_ascii_uppercase();
    let words: Vec<&str> = upper
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || "_{}".contains(letter)))
        .filter(|word| !word.is_empty())
        .collect();
    let is_definition = matches!(words.first(), Some(&"CREATE" | &"ALTER"));
    if !is_definition {
        return;
    }
    for (name, mark) in ENGINE_TYPES {
        if words.contains(name) {
            refusals.insert(format!("{name}: write {mark}"));
        }
    }
    if words.get(1) == Some(&"TABLE") && words[0] == "CREATE" {
        let is_keyless = words.iter().any(|word| KEYLESS.contains(word));
        if !upper.contains("PRIMARY KEY") && !is_keyless {
            refusals.insert("a table without a primary key has implicit row numbers".to_owned());
        }
        let end = upper.trim_end();
        if !end.ends_with("{STRICT}") && !end.ends_with("{STRICT_CLUSTERED}") {
            refusals.insert("a table ends in {strict} or {strict_clustered}".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(sql: &str, why: &str) {
        let refusals = refusals(sql);
        let is_named = refusals.iter().any(|refusal| refusal.contains(why));
        assert!(is_named, "{sql}\nwas refused for {refusals:?}, not {why:?}");
    }

    #[test]
    fn what_the_family_shares_is_accepted() {
        for sql in [
            "SELECT id, count(*) FROM t WHERE a = $1 AND b IS NOT NULL GROUP BY id LIMIT $2",
            "SELECT CAST(SUM(records) AS BIGINT) FROM blocks",
            "SELECT id FROM t WHERE id IN ($1, $2) ORDER BY id {for_update}",
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) ON CONFLICT (a) DO UPDATE SET b = \
             excluded.b WHERE t.b < excluded.b RETURNING a",
            "UPDATE t SET a = a - $1 WHERE id = $2 AND a >= $1 RETURNING a",
            "WITH v (id, amt) AS (VALUES ($1, $2), ($3, $4)) UPDATE t SET a = v.amt FROM v WHERE \
             t.id = v.id",
            "DELETE FROM t WHERE id IN (SELECT id FROM t WHERE at < $1 ORDER BY at LIMIT $2)",
            "CREATE TABLE t (id {int64} PRIMARY KEY, name TEXT NOT NULL, body {blob}, \
             UNIQUE (name), CHECK (id >= 0)) {strict}",
            "CREATE TABLE t (a {int64}, b {int64}, PRIMARY KEY (a, b)) {strict_clustered}",
            "CREATE UNIQUE INDEX by_name ON t (name, id) WHERE body IS NULL",
            "ALTER TABLE t ADD COLUMN more TEXT",
        ] {
            assert_eq!(refusals(sql), Vec::<String>::new(), "{sql}");
        }
    }

    #[test]
    fn words_of_one_engine_are_refused() {
        for (sql, why) in [
            ("INSERT OR REPLACE INTO t (a) VALUES ($1)", "INSERT OR"),
            ("SELECT rowid FROM t", "ROWID"),
            ("SELECT a FROM t WHERE a = ANY($1)", "ANY"),
            (
                "SELECT pg_advisory_xact_lock($1)",
                "PG_ADVISORY_XACT_LOCK()",
            ),
            ("LISTEN changes", "LISTEN"),
            ("SELECT nextval('s')", "NEXTVAL()"),
            (
                "SELECT a FROM t WHERE a = $1 FOR UPDATE",
                "write {for_update}",
            ),
            ("SELECT a FROM t LIMIT 1 FOR UPDATE SKIP LOCKED", "LOCKED"),
            ("SELECT a FROM t WHERE name LIKE $1", "LIKE"),
            ("SELECT a::TEXT FROM t", "::"),
            ("SELECT a FROM t WHERE a == $1", "=="),
            ("SELECT a FROM t WHERE a IS $1", "IS between values"),
            ("SELECT x'01' FROM t", "x'…'"),
            ("SELECT \"a\" FROM t", "SQLite may read a text"),
            ("SELECT now()", "NOW()"),
            ("SELECT strftime('%s')", "STRFTIME()"),
            ("SELECT lower(name) FROM t", "LOWER()"),
            ("SELECT * FROM t", "name the columns"),
            ("SELECT a FROM t; SELECT b FROM t", "2 statements"),
            ("SELECT a FROM WHERE", "does not read it"),
        ] {
            refused(sql, why);
        }
    }

    #[test]
    fn floats_divisions_and_gaps_are_refused() {
        refused("SELECT a / 2 FROM t", "/: engines differ");
        refused("SELECT a * 1.5 FROM t", "no floats");
        refused("SELECT CAST(a AS REAL) FROM t", "REAL");
        refused("SELECT total(a) FROM t", "TOTAL");
        refused("SELECT a FROM t WHERE a = $1 AND b = $3", "$2 is not used");
        refused("SELECT a FROM {table}", "no mark of the waist");
    }

    #[test]
    fn definitions_name_types_by_their_marks() {
        refused(
            "CREATE TABLE t (id BIGINT PRIMARY KEY) {strict}",
            "write {int64}",
        );
        refused("CREATE TABLE t (id SERIAL PRIMARY KEY) {strict}", "SERIAL");
        refused(
            "CREATE TABLE t (id {int64} PRIMARY KEY)",
            "ends in {strict}",
        );
        refused(
            "CREATE TABLE t (id {int64}) {strict}",
            "without a primary key",
        );
        refused(
            "CREATE TABLE t (id {int64} PRIMARY KEY, a REAL) {strict}",
            "REAL",
        );
        refused(
            "CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END",
            "TRIGGER",
        );
        refused("CREATE SEQUENCE s", "SEQUENCE");
        let cascade =
            "CREATE TABLE t (id {int64} PRIMARY KEY REFERENCES u (id) ON DELETE CASCADE) {strict}";
        refused(cascade, "CASCADE");
    }
}
