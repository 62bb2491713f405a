//! The commented `stack.toml` that `efs-s3 init` writes: `examples/stack.toml` with the values of
//! the user.

/// The example, a valid configuration in which every key has its default.
const EXAMPLE: &str = include_str!("../../../../examples/stack.toml");
const EXAMPLE_NAME: &str = "name = \"backup\"";
const EXAMPLE_REGION: &str = "eu-central-1";

/// The values without a default.
#[derive(Clone, Debug)]
pub struct TemplateValues<'a> {
    pub stack_name: &'a str,
    pub region: &'a str,
}

/// Returns a `stack.toml` with every key, its default and the values that it accepts.
#[must_use]
pub fn render_template(values: &TemplateValues<'_>) -> String {
    let TemplateValues { stack_name, region } = values;
    let name = format!("name = \"{stack_name}\"");
    EXAMPLE.replace(EXAMPLE_REGION, region).replacen(EXAMPLE_NAME, &name, 1)
}
