//! Prints the figures that tests and benchmarks have measured here, as one table.

use anyhow::Result;

#[expect(clippy::print_stdout, reason = "this program prints")]
fn main() -> Result<()> {
    println!("{:<58} {:>12} {:<12} {:<10} measured by", "figure", "value", "unit", "commit");
    for figure in measurements::all()? {
        let measurements::Figure { name, value, unit, command, commit } = figure;
        println!("{name:<58} {value:>12} {unit:<12} {commit:<10} {command}");
    }
    Ok(())
}
