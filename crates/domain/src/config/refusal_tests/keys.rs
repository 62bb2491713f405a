//! Sections that are none.

use super::describe_refusals;

pub(super) const REFUSED: &[&str] = &[
    "[fucntions]\nmemory_mb = 256",
    "[efs]\nid = \"fs-00000001\"",
    "[[network]]\ncidr = \"10.42.0.0/16\"",
    "[task]\n[task.mode]\nname = \"BASIC\"",
    "network = 5\n[stack]\nname = \"backup\"\nregion = \"eu-central-1\"",
    "nat_gateway = false\n[stack]\nname = \"backup\"\nregion = \"eu-central-1\"",
];

#[test]
fn refused_sections() {
    insta::assert_snapshot!(describe_refusals(REFUSED), @r#"
    [fucntions] memory_mb = 256
        fucntions = { memory_mb = 256 }: is not a known key; did you mean `functions`?
    [efs] id = "fs-00000001"
        efs = { id = "fs-00000001" }: is not a known key; known keys: stack, network, file_system, source, destination, task, instance, schedule, limits, proof, alerts, functions, sync
    [[network]] cidr = "10.42.0.0/16"
        network = [{ cidr = "10.42.0.0/16" }]: must be a table: write `[network]` on a line of its own
    [task] [task.mode] name = "BASIC"
        task.mode = { name = "BASIC" }: must be one of BASIC, ENHANCED, in quotes
    network = 5 [stack] name = "backup" region = "eu-central-1"
        network = 5: must be a table: write `[network]` on a line of its own
    nat_gateway = false [stack] name = "backup" region = "eu-central-1"
        nat_gateway = false: is not a known key; known keys: stack, network, file_system, source, destination, task, instance, schedule, limits, proof, alerts, functions, sync
    "#);
}
