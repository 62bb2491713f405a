//! Events that arrive late, twice, in any order, or never.

use std::thread;

use aws_fakes::Interleaving;

use crate::testing::{CompletionFixture, STACKS};

const GOOD: [&str; 7] =
    ["QUEUED", "LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING", "SUCCESS", "SUCCESS"];
const BAD: [&str; 7] =
    ["QUEUED", "LAUNCHING", "PREPARING", "TRANSFERRING", "VERIFYING", "CANCELLING", "ERROR"];

/// All orders of `items`, by Heap's algorithm.
fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    fn permute<T: Clone>(k: usize, items: &mut [T], found: &mut Vec<Vec<T>>) {
        if k <= 1 {
            return found.push(items.to_vec());
        }
        for i in 0..k {
            permute(k - 1, items, found);
            if i + 1 < k {
                items.swap(if k.is_multiple_of(2) { i } else { 0 }, k - 1);
            }
        }
    }
    let mut found = Vec::new();
    permute(items.len(), &mut items.to_vec(), &mut found);
    found
}

/// Sends each event twice: directly one after the other, or after all of them. Returns the number
/// of invocations.
async fn send_events(fixture: &CompletionFixture, order: &[&str], at_once: bool) -> usize {
    let doubled: Vec<&str> = match at_once {
        true => order.iter().flat_map(|event| [*event, *event]).collect(),
        false => order.iter().chain(order).copied().collect(),
    };
    for (position, event) in doubled.iter().enumerate() {
        fixture.invoke(fixture.state_change(1, event), &position.to_string()).await.unwrap();
    }
    doubled.len()
}

/// Plays orders of one trace, one after the other on one fixture; how many invocations that took.
async fn send_all(orders: &[Vec<&str>], bad: bool, syncs: &[&str]) -> usize {
    let fixture = CompletionFixture::of_stack(syncs, &Interleaving::default());
    if bad {
        fixture.fail(1, "OpNotSupp", "x40016")
    } else {
        fixture.succeed(1, 7)
    }
    let mut invocations = 0;
    for (number, order) in orders.iter().enumerate() {
        invocations += send_events(&fixture, order, number.is_multiple_of(2)).await;
        let records =
            fixture.env.bucket.keys().iter().filter(|key| key.starts_with("runs/")).count();
        let (alerts, measured) = (fixture.subjects().len(), fixture.metrics.take().len());
        assert_eq!((records, alerts, measured), (1, usize::from(bad), 1), "{order:?}");
        fixture.clear();
    }
    invocations
}

fn play_side_by_side(orders: &[Vec<&str>], bad: bool, syncs: &[&str]) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let work =
            |orders| scope.spawn(move || new_runtime().block_on(send_all(orders, bad, syncs)));
        let workers: Vec<_> = orders.chunks(orders.len().div_ceil(cores)).map(work).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    })
}

#[test]
fn every_order_of_events_is_one_record_one_alert_and_one_metric() {
    let (mut traces, mut invocations) = (0, 0);
    for (trace, bad) in [(BAD, true), (GOOD, false)] {
        let all = permutations(&trace);
        assert_eq!(all.len(), 5_040);
        // The good trace contains its last event twice, and a sample of its orders is enough.
        let step = if bad { 1 } else { 36 } * if measurements::is_quick() { 20 } else { 1 };
        let played: Vec<Vec<&str>> = all.into_iter().step_by(step).collect();
        invocations += play_side_by_side(&played, bad, STACKS[0]);
        // The same in a stack of three syncs, a sample of the sample.
        let sample: Vec<Vec<&str>> = played.iter().step_by(10).cloned().collect();
        invocations += play_side_by_side(&sample, bad, STACKS[1]);
        traces += played.len() + sample.len();
    }
    measurements::proven(
        "orders of events: 1 record, at most 1 alert and 1 metric each",
        traces,
        "orders",
    );
    measurements::proven("invocations of those orders", invocations, "invocations");
}

fn new_runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
