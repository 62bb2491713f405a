//! Throw-away proof against MiniStack; never committed.
use std::time::Duration;
use pipeline::names::Names;
use serde_json::json;
use stack::apply::{Progress, apply, destroy};
use stack::aws::{Binaries, CargoLambda};
use stack::graph::Graph;
use stack::kinds::{KindError, bucket::Bucket, function::Function, log_group::LogGroup, permission::Permission, role::Role, rule::Rule, topic::Topic};
use stack::plan::Step;
use stack::{Aws, observe::observe, plan, render};

struct Print;
impl Progress for Print {
    fn started(&self, step: &Step) { println!("   … {} {}", step.kind, step.id) }
    fn finished(&self, step: &Step, elapsed: Duration, failure: Option<&KindError>) {
        println!("   {} {} {} {:?}", if failure.is_some() {"✗"} else {"✓"}, step.kind, step.id, elapsed);
    }
}

fn graph(n: &Names) -> Graph {
    let mut g = Graph::default();
    let records = g.add("records", Bucket::private(&n.records_bucket(), n.partition()).with_eventbridge().with_noncurrent_version_expiration(Some(30)));
    let _ = records;
    g.add_data("data", Bucket::private(&n.destination_bucket(), n.partition()));
    let topic = g.add("alerts", Topic::private(&n.alerts_topic(), &n.alerts_topic_arn(), &n.account));
    let role = g.add("start-role", Role { name: n.role("start"),
        trust: json!({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}),
        policy: json!({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:Publish","Resource":topic.attribute("arn")}]}) });
    let logs = g.add("start-logs", LogGroup { name: "/aws/lambda/proof-start".into(), retention_days: 30 });
    let function = g.add_after("start", Function { name: "proof-start".into(), binary: "hello".into(), role_arn: role.attribute("arn"), memory_mb: 256, timeout_seconds: 60,
        environment: [("A".to_owned(), "1,2=3".to_owned()), ("TOPIC".to_owned(), topic.attribute("arn"))].into(), code_sha256: std::env::var("SHA").unwrap_or("abc".into()) }, &[&logs]);
    for (name, schedule, pattern) in [("tick", Some("rate(1 hour)".to_owned()), None), ("done", None, Some(json!({"source":["aws.datasync"],"detail":{"State":["SUCCESS","ERROR"]}})))] {
        let rule = g.add(&format!("{name}-rule"), Rule { name: n.within_stack(name), description: "proof".into(), schedule, pattern, enabled: true, target_arn: function.attribute("arn") });
        g.add(&format!("{name}-permission"), Permission { function: function.attribute("name"), statement_id: name.into(), principal: "events.amazonaws.com".into(), source_arn: rule.attribute("arn") });
    }
    g
}

#[tokio::main]
async fn main() {
    let config = aws_edge::clients::sdk_config(Some(std::env::var("AWS_REGION").unwrap())).await;
    let n = Names::new("proof", &std::env::var("AWS_ACCESS_KEY_ID").unwrap(), &std::env::var("AWS_REGION").unwrap());
    let aws = Aws::new(&config, n.clone()).with_cargo_lambda(CargoLambda {
        program: std::env::var("CARGO_LAMBDA").unwrap().into(),
        binaries: Binaries::CargoLambda(std::env::var("LAMBDA_DIR").unwrap().into()),
        endpoint_url: std::env::var("AWS_ENDPOINT_URL").ok(), environment: vec![] });
    let g = graph(&n);
    let r = match std::env::args().nth(1).as_deref() {
        Some("plan") => { match observe(&aws, &g).await { Ok(o) => { print!("{}", render::plan(&plan::plan(&g, &o))); Ok(()) } Err(e) => Err(aws_edge::failure::chain(&e)) } }
        Some("apply") => apply(&aws, &g, &Print, None).await.map(|a| println!("{}", render::summary(&a.plan))).map_err(|e| aws_edge::failure::chain(&e)),
        Some("destroy") => destroy(&aws, &g, std::env::args().nth(2).is_some(), &Print, None).await.map(|a| println!("{}", render::plan(&a.plan))).map_err(|e| aws_edge::failure::chain(&e)),
        _ => Err("?".into()),
    };
    if let Err(e) = r { println!("ERROR {e}"); std::process::exit(1) }
}
