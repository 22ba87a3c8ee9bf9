//! Both engines, one answer.

use testkit::{
    postgres::Postgres,
    world::{Story, differ},
};

/// `soak` lives through a thousand.
const TRACES: u64 = 20;
const OPERATIONS: u64 = 200;
/// A trace waits for the server most of the time.
const AT_ONCE: u64 = 2;

#[test]
fn both_engines_answer_alike() {
    let server = Postgres::shared();
    let live_through = |seed| {
        let database = server.create_database().unwrap();
        let story = differ(seed, OPERATIONS, &database.url());
        server.drop_database(&database).unwrap();
        story.unwrap_or_else(|wrong| panic!("{wrong}"))
    };
    let told: Vec<Story> = std::thread::scope(|scope| {
        let lives: Vec<_> = (0..AT_ONCE)
            .map(|first| {
                let seeds = (1..=TRACES).filter(move |seed| seed % AT_ONCE == first);
                scope.spawn(move || seeds.map(live_through).collect::<Vec<_>>())
            })
            .collect();
        let told = lives.into_iter().map(|life| life.join().unwrap());
        told.flatten().collect()
    });
    let applied: u64 = told.iter().map(|story| story.applied).sum();
    let refused: u64 = told.iter().map(|story| story.refused).sum();
    // A trace in which nothing happens proves nothing.
    assert!(
        applied > 40 * TRACES && refused > 20 * TRACES,
        "{applied} and {refused}"
    );
}
