//! All SQL of the product, held against what the engines share.

use testkit::{bank, postgres::Postgres, root, sql};

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

/// Tables come before what is said about them.
fn rank(sql: &str) -> usize {
    let kinds = ["CREATE TABLE", "ALTER ", "CREATE ", "DROP "];
    let rank = kinds.iter().position(|kind| sql.starts_with(kind));
    rank.unwrap_or(kinds.len())
}

/// A parser accepts what a server does not: unknown columns, ambiguous names, types that do not
/// fit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_accepts_every_definition_and_every_statement() {
    let database = Postgres::shared().create_database().unwrap();
    let client = bank::connect(&database.url()).await.unwrap();
    // The one table of the waist that rooms look into.
    let waist = "CREATE TABLE schema_migrations (room TEXT NOT NULL, number BIGINT NOT NULL)";
    client.batch_execute(waist).await.unwrap();
    let mut texts = sql::texts(root()).unwrap();
    texts.sort_by_key(|text| rank(&text.sql));
    let (mut defined, mut prepared) = (0, 0);
    for text in &texts {
        let postgres = sql::for_postgres(&text.sql);
        let is_definition = rank(&text.sql) < rank("SELECT");
        let outcome = if is_definition {
            defined += 1;
            client.batch_execute(&postgres).await
        } else {
            prepared += 1;
            client.prepare(&postgres).await.map(drop)
        };
        if let Err(error) = outcome {
            let why = error
                .as_db_error()
                .map_or_else(|| error.to_string(), ToString::to_string);
            panic!("{}:{}: {why}\n{postgres}", text.path.display(), text.line);
        }
    }
    assert!(defined > 20 && prepared > 80, "{defined} and {prepared}");
}
