//! Two hundred worlds from two hundred seeds.

use testkit::world::{Story, live};

const SEEDS: u64 = 200;

#[test]
fn two_hundred_worlds_obey_the_model() {
    let stories: Vec<Story> = (1..=SEEDS)
        .map(|seed| live(seed, &mut |_| ()).unwrap_or_else(|wrong| panic!("{wrong}")))
        .collect();
    let sum = |count: fn(&Story) -> u64| -> u64 { stories.iter().map(count).sum() };
    // A world in which nothing happens proves nothing.
    assert!(sum(|story| story.applied) > 20 * SEEDS);
    assert!(sum(|story| story.refused) > 10 * SEEDS);
    assert!(sum(|story| story.repeated) > 2 * SEEDS);
    assert!(sum(|story| story.crashes) > SEEDS);
    assert!(sum(|story| story.restarts) > SEEDS);
}
