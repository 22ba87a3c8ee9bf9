//! Both engines, one answer.

use testkit::{postgres::Postgres, world::differ};

/// `soak` lives through a thousand.
const TRACES: u64 = 4;
const OPERATIONS: u64 = 200;

#[test]
fn both_engines_answer_alike() {
    let server = Postgres::shared();
    let (mut applied, mut refused) = (0, 0);
    for seed in 1..=TRACES {
        let database = server.create_database().unwrap();
        let story = differ(seed, OPERATIONS, &database.url());
        let story = story.unwrap_or_else(|wrong| panic!("{wrong}"));
        applied += story.applied;
        refused += story.refused;
        server.drop_database(&database).unwrap();
    }
    // A trace in which nothing happens proves nothing.
    assert!(
        applied > 40 * TRACES && refused > 20 * TRACES,
        "{applied} and {refused}"
    );
}
