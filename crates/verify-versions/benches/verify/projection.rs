//! What the measured rates come to in Lambda, at list prices of us-east-1.

use crate::measure::Measured;

/// Of the metadata check: what S3 answers a second for one prefix until it divides it.
const HEADS_A_SECOND: f64 = 5_500.0;
/// A listing of 1,000 versions takes some 80 ms.
const LISTED_A_SECOND: f64 = 12_500.0;
/// As `verify-versions` shares a large check.
const LANES: f64 = 4.0;
/// From here on Lambda gives a whole processor, and below it a part.
const MB_A_PROCESSOR: f64 = 1_769.0;
/// Of the arm64 architecture.
const DOLLARS_A_GB_SECOND: f64 = 1.333e-5;
const DOLLARS_A_HEAD: f64 = 0.4e-6;
const DOLLARS_A_LISTING: f64 = 5e-6;

/// How long, and at what cost, with so much memory.
pub(crate) fn print(metadata: &Measured, versions: &Measured) {
    println!(
        "\nprojected from the largest runs; a check of more than half a million files or so is \
            shared by {LANES} invocations"
    );
    println!("   files  depth      memory  hours in all  Lambda seconds   Lambda $  requests $");
    for files in [1e6, 25e6, 100e6] {
        let lanes = if files > 0.5e6 { LANES } else { 1.0 };
        for (depth, measured, answers, price) in [
            ("metadata", metadata, HEADS_A_SECOND, DOLLARS_A_HEAD),
            ("versions", versions, LISTED_A_SECOND * lanes, DOLLARS_A_LISTING),
        ] {
            for memory in [256.0, MB_A_PROCESSOR] {
                let rate = (lanes * measured.per_cpu() * memory / MB_A_PROCESSOR).min(answers);
                let (wall, gigabytes) = (files / rate, memory / 1_024.0);
                println!(
                    "{:>6.0} M  {depth:<9} {memory:>5.0} MB {:>13.2} {:>15.0} {:>10.3} {:>11.3}",
                    files / 1e6,
                    wall / 3_600.0,
                    wall * lanes,
                    wall * lanes * gigabytes * DOLLARS_A_GB_SECOND,
                    files * measured.requests * price
                );
            }
        }
    }
}
