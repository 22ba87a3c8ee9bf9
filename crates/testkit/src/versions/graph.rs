//! Acts and what must come before what.

use super::Act;

/// Nodes are the acts and, behind them, one for each answer: time runs from answer to answer, from
/// an act to its answer, and from the last answer before it to an act. So real time costs as many
/// edges as there are acts, not their square.
#[derive(Debug)]
pub(super) struct Graph {
    acts: usize,
    edges: Vec<Vec<usize>>,
}

impl Graph {
    pub(super) fn new(acts: usize) -> Self {
        Self {
            acts,
            edges: vec![Vec::new(); acts],
        }
    }

    /// `before` happened before `after`. An act may see what it writes itself.
    pub(super) fn edge(&mut self, before: usize, after: usize) {
        if before != after {
            self.edges[before].push(after);
        }
    }

    pub(super) fn real_time(&mut self, acts: &[Act]) {
        let mut answers: Vec<(u64, usize)> = acts
            .iter()
            .enumerate()
            .filter_map(|(number, act)| act.answered.map(|at| (at, number)))
            .collect();
        answers.sort_unstable();
        let first = self.edges.len();
        for (place, (_, number)) in answers.iter().enumerate() {
            let node = first + place;
            self.edges[*number].push(node);
            let next = place + 1 < answers.len();
            self.edges
                .push(if next { vec![node + 1] } else { Vec::new() });
        }
        for (number, act) in acts.iter().enumerate() {
            let earlier = answers.partition_point(|(at, _)| *at < act.sent);
            if let Some(last) = earlier.checked_sub(1) {
                self.edges[first + last].push(number);
            }
        }
    }

    /// The acts of some cycle, if there is one.
    pub(super) fn cycle(&self) -> Option<Vec<usize>> {
        let mut pending = vec![0_usize; self.edges.len()];
        for after in self.edges.iter().flatten() {
            pending[*after] += 1;
        }
        let mut free: Vec<usize> = (0..pending.len())
            .filter(|node| pending[*node] == 0)
            .collect();
        let mut ordered = 0;
        while let Some(node) = free.pop() {
            ordered += 1;
            for after in &self.edges[node] {
                pending[*after] -= 1;
                if pending[*after] == 0 {
                    free.push(*after);
                }
            }
        }
        (ordered < pending.len()).then(|| self.walk(&pending))
    }

    /// Every node that could not be ordered has a predecessor that could not be either: walking
    /// back from one must come round.
    fn walk(&self, pending: &[usize]) -> Vec<usize> {
        let mut before = vec![usize::MAX; self.edges.len()];
        for (node, edges) in self.edges.iter().enumerate() {
            for after in edges.iter().filter(|_| pending[node] > 0) {
                before[*after] = node;
            }
        }
        let start = pending.iter().position(|count| *count > 0).unwrap_or(0);
        let mut steps = vec![usize::MAX; self.edges.len()];
        let (mut node, mut path) = (start, Vec::new());
        while steps[node] == usize::MAX {
            steps[node] = path.len();
            path.push(node);
            node = before[node];
        }
        let mut cycle = path.split_off(steps[node]);
        cycle.reverse();
        cycle.retain(|node| *node < self.acts);
        cycle
    }
}
