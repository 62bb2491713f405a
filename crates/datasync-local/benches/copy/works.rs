//! The works that are measured, and their rounds.

use std::fs;
use std::path::{Path, PathBuf};

use crate::S3;
use crate::fake::BUCKET;
use crate::table::Table;
use crate::tools::{Ours, Tool};

const MIB: usize = 1024 * 1024;
const SMALL: usize = 4096;
const LARGE: usize = 256 * MIB;
const TINY: usize = 100;
const FILES_A_FOLDER: usize = 200;

/// The settings from the environment.
struct BenchSettings {
    scale: f64,
    rounds: usize,
    works: String,
}

/// Files of one length below a directory.
struct BenchTree {
    directory: tempfile::TempDir,
    files: usize,
    length: usize,
}

pub(crate) async fn run_all() {
    let variable = |name: &str| std::env::var(name).ok();
    let settings = BenchSettings {
        scale: variable("EFS_S3_BENCH_SCALE").map_or(1.0, |text| text.parse().unwrap()),
        rounds: variable("EFS_S3_BENCH_ROUNDS").map_or(3, |text| text.parse().unwrap()),
        works: variable("EFS_S3_BENCH_WORKS").unwrap_or_else(|| "small large many".to_owned()),
    };
    let (tools, mut table) = (Tool::installed_tools(), Table::new());
    print_ceiling().await;
    if settings.works.contains("small") {
        measure_copies(&settings, &tools, &mut table, "a", settings.scaled(20_000), SMALL).await;
    }
    if settings.works.contains("large") {
        let length = if settings.scale < 1.0 { settings.scaled(LARGE) } else { LARGE };
        measure_copies(&settings, &tools, &mut table, "b", 8, length).await;
    }
    if settings.works.contains("many") {
        measure_repeats(&settings, &tools, &mut table, settings.scaled(100_000)).await;
    }
    if settings.works.contains("million") {
        measure_repeats(&settings, &[Tool::Ours], &mut table, settings.scaled(1_000_000)).await;
    }
    table.record_figures();
}

impl BenchSettings {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a number of files"
    )]
    fn scaled(&self, number: usize) -> usize {
        (number as f64 * self.scale).max(1.0) as usize
    }

    /// The slowest tool by far is measured once.
    fn takes_part(&self, tool: Tool, round: usize) -> bool {
        round < self.rounds && (tool != Tool::Aws || round == 0)
    }
}

async fn print_ceiling() {
    let s3 = S3::start_server().await;
    let small = s3.measure_ceiling(40_000, SMALL).await;
    let large = s3.measure_ceiling(400, 8 * MIB).await * 8.0 * 1.048_576;
    println!(
        "The server takes {small:.0} PUT/s of 4 KiB, and {large:.0} MB/s in parts of 8 MiB, from \
            8 bare connections.\n"
    );
}

/// (a) and (b): everything is new.
async fn measure_copies(
    settings: &BenchSettings,
    tools: &[Tool],
    table: &mut Table,
    work: &str,
    files: usize,
    length: usize,
) {
    let tree = BenchTree::new(files, length);
    let size =
        if length >= MIB { format!("{} MiB", length / MIB) } else { format!("{length} bytes") };
    table.begin_work(work, &format!("{files} files of {size}, all new"), files, files * length);
    let s3 = S3::start_server().await;
    for round in 0..settings.rounds {
        for &tool in tools.iter().filter(|tool| settings.takes_part(**tool, round)) {
            let ours = Ours::new(&tree.root_path(), &s3).await;
            s3.empty_bucket(tool.bucket_name()).await;
            table.add_run(tool, tool.sync_tree(&tree.root_path(), &s3, &ours).await);
            s3.empty_bucket(tool.bucket_name()).await;
        }
    }
    table.end_work();
}

/// (c) and (d): nothing, and one file in a hundred, has changed.
async fn measure_repeats(
    settings: &BenchSettings,
    tools: &[Tool],
    table: &mut Table,
    files: usize,
) {
    let tree = BenchTree::new(files, TINY);
    let s3 = S3::start_server().await;
    let ours = Ours::new(&tree.root_path(), &s3).await;
    table.begin_work(
        "",
        &format!("{files} files of {TINY} bytes, all new, for the next two"),
        files,
        files * TINY,
    );
    table.add_run(Tool::Ours, Tool::Ours.sync_tree(&tree.root_path(), &s3, &ours).await);
    table.end_work();
    for tool in tools.iter().filter(|tool| **tool != Tool::Ours) {
        s3.clone_bucket(BUCKET, tool.bucket_name()).await;
    }
    table.begin_work("c", &format!("{files} files, nothing changed"), files, 0);
    for round in 0..settings.rounds {
        for &tool in tools.iter().filter(|tool| settings.takes_part(**tool, round)) {
            table.add_run(tool, tool.sync_tree(&tree.root_path(), &s3, &ours).await);
        }
    }
    table.end_work();
    table.begin_work("d", &format!("{files} files, 1 % changed"), files, 0);
    for round in 0..settings.rounds {
        tree.change_files(files / 100, round);
        for &tool in tools.iter().filter(|tool| settings.takes_part(**tool, round)) {
            table.add_run(tool, tool.sync_tree(&tree.root_path(), &s3, &ours).await);
        }
    }
    table.end_work();
}

impl BenchTree {
    fn new(files: usize, length: usize) -> Self {
        let tree = Self { directory: tempfile::tempdir().unwrap(), files, length };
        (0..files).for_each(|number| tree.write_file(number, 0));
        tree
    }

    fn root_path(&self) -> PathBuf {
        self.directory.path().join("tree")
    }

    fn write_file(&self, number: usize, salt: usize) {
        let directory = self.root_path().join(format!("d{:05}", number / FILES_A_FOLDER));
        if number.is_multiple_of(FILES_A_FOLDER) {
            fs::create_dir_all(&directory).unwrap();
        }
        let byte = u8::try_from((number + salt) % 251).unwrap();
        write_bytes(&directory.join(format!("f{number}")), byte, self.length);
    }

    /// Writes this many files again, spread over the tree.
    fn change_files(&self, files: usize, round: usize) {
        let step = self.files / files.max(1);
        (0..files).for_each(|number| self.write_file(number * step, round + 1));
    }
}

fn write_bytes(path: &Path, byte: u8, length: usize) {
    use std::io::Write;
    let mut file = fs::File::create(path).unwrap();
    let piece = vec![byte; length.min(MIB)];
    let mut left = length;
    while left > 0 {
        let now = left.min(MIB);
        file.write_all(&piece[..now]).unwrap();
        left -= now;
    }
}
