//! The duration and cost in Lambda at the measured rates, at list prices of us-east-1.

use crate::measure::BenchResult;

/// The HEADs that S3 answers for one prefix until it divides it.
const HEADS_PER_SECOND: f64 = 5_500.0;
/// A listing of 1,000 versions takes some 80 ms.
const LISTED_PER_SECOND: f64 = 12_500.0;
/// The workers of a large verification.
const MAX_WORKERS: f64 = 4.0;
/// The memory from which Lambda gives a whole processor; below it, a part.
const MB_PER_PROCESSOR: f64 = 1_769.0;
/// The price of the arm64 architecture.
const DOLLARS_PER_GB_SECOND: f64 = 1.333e-5;
const DOLLARS_PER_HEAD: f64 = 0.4e-6;
const DOLLARS_PER_LISTING: f64 = 5e-6;

/// Prints the duration and the cost for several sizes of memory.
pub(crate) fn print_projection(metadata: &BenchResult, versions: &BenchResult) {
    println!(
        "\nprojected from the largest runs; a verification of more than half a million files or so \
            is shared by {MAX_WORKERS} invocations"
    );
    println!("   files  depth      memory  hours in all  Lambda seconds   Lambda $  requests $");
    for files in [1e6, 25e6, 100e6] {
        let workers = if files > 0.5e6 { MAX_WORKERS } else { 1.0 };
        for (depth, measured, answers, price) in [
            ("metadata", metadata, HEADS_PER_SECOND, DOLLARS_PER_HEAD),
            ("versions", versions, LISTED_PER_SECOND * workers, DOLLARS_PER_LISTING),
        ] {
            for memory in [256.0, MB_PER_PROCESSOR] {
                let rate = (workers * measured.per_cpu() * memory / MB_PER_PROCESSOR).min(answers);
                let dollars = files * measured.requests * price;
                print_row((files, depth, memory), files / rate, workers, dollars);
            }
        }
    }
}

fn print_row(
    (files, depth, memory): (f64, &str, f64),
    wall: f64,
    workers: f64,
    dollars_for_requests: f64,
) {
    let gigabytes = memory / 1_024.0;
    println!(
        "{:>6.0} M  {depth:<9} {memory:>5.0} MB {:>13.2} {:>15.0} {:>10.3} {:>11.3}",
        files / 1e6,
        wall / 3_600.0,
        wall * workers,
        wall * workers * gigabytes * DOLLARS_PER_GB_SECOND,
        dollars_for_requests
    );
}
