//! The route table against mocked answers.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::associate_route_table::AssociateRouteTableOutput;
use aws_sdk_ec2::operation::create_route::CreateRouteOutput;
use aws_sdk_ec2::operation::create_route_table::CreateRouteTableOutput;
use aws_sdk_ec2::operation::delete_route::DeleteRouteOutput;
use aws_sdk_ec2::operation::delete_route_table::DeleteRouteTableOutput;
use aws_sdk_ec2::operation::describe_route_tables::DescribeRouteTablesOutput;
use aws_sdk_ec2::operation::disassociate_route_table::DisassociateRouteTableOutput;
use aws_sdk_ec2::operation::replace_route::ReplaceRouteOutput;
use aws_sdk_ec2::operation::replace_route_table_association::ReplaceRouteTableAssociationOutput;
use aws_sdk_ec2::types::{Route, RouteOrigin, RouteState, RouteTableAssociation};
use aws_smithy_mocks::{Rule, mock};
use serde_json::json;

use super::*;
use crate::diff::changed_fields;
use crate::resources::ec2::client_token::client_token;
use crate::resources::ec2::duplicates::duplicate_ids;
use crate::resources::ec2::testing::{ec2_refusal, managed_tags};
use crate::testing::mocked::{self, client};

const ANYWHERE: &str = "0.0.0.0/0";

fn desired_route_table() -> RouteTable {
    RouteTable {
        vpc_id: "vpc-1".into(),
        routes: BTreeMap::from([(ANYWHERE.into(), "nat-1".into())]),
        subnet_ids: vec!["subnet-2".into(), "subnet-1".into()],
        duplicates: Vec::new(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("private-routes")
}

fn to_nat(destination: &str, gateway_id: &str) -> Route {
    Route::builder()
        .destination_cidr_block(destination)
        .nat_gateway_id(gateway_id)
        .state(RouteState::Active)
        .build()
}

/// The routes of every table that are not managed.
fn unmanaged_routes() -> [Route; 3] {
    let propagated = Route::builder().destination_cidr_block("192.168.0.0/16").gateway_id("vgw-1");
    [
        Route::builder().destination_cidr_block("10.42.0.0/16").gateway_id("local").build(),
        Route::builder().destination_prefix_list_id("pl-1").gateway_id("vpce-1").build(),
        propagated.origin(RouteOrigin::EnableVgwRoutePropagation).build(),
    ]
}

/// Associations are called `<table>/<subnet>`.
fn sdk_route_table(table_id: &str, routes: &[Route], subnet_ids: &[&str]) -> Described {
    let associations = subnet_ids.iter().map(|subnet_id| {
        let association = RouteTableAssociation::builder().subnet_id(*subnet_id);
        association.route_table_association_id(format!("{table_id}/{subnet_id}")).build()
    });
    let main =
        RouteTableAssociation::builder().main(true).route_table_association_id("main").build();
    Described::builder()
        .route_table_id(table_id)
        .vpc_id("vpc-1")
        .set_routes(Some(unmanaged_routes().into_iter().chain(routes.iter().cloned()).collect()))
        .set_associations(Some(associations.chain([main]).collect()))
        .set_tags(managed_tags("private-routes"))
        .build()
}

fn usual_route_table() -> Described {
    sdk_route_table("rtb-1", &[to_nat(ANYWHERE, "nat-1")], &["subnet-1", "subnet-2"])
}

/// Answers by id, by tags and by the subnet that follows.
fn mock_describe(tables: Vec<Described>) -> Rule {
    mock!(Client::describe_route_tables).then_compute_output(move |request| {
        let by_subnet =
            request.filters().iter().find(|filter| filter.name() == Some("association.subnet-id"));
        let follows = |table: &Described, subnet: &str| {
            association::subnet_associations(table).iter().any(|(_, id)| id == subnet)
        };
        let asked = |table: &&Described| match (request.route_table_ids(), by_subnet) {
            ([], None) => true,
            ([], Some(filter)) => filter.values().iter().any(|subnet| follows(table, subnet)),
            (ids, _) => ids.contains(&id_of(table).to_owned()),
        };
        let tables = tables.iter().filter(asked).cloned().collect();
        DescribeRouteTablesOutput::builder().set_route_tables(Some(tables)).build()
    })
}

async fn read_live(tables: Vec<Described>) -> Option<LiveResource> {
    let aws = Aws { ec2: client!(aws_sdk_ec2, &mock_describe(tables)), ..mocked::aws() };
    desired_route_table().read(&aws, &resource_id()).await.unwrap()
}

async fn update_live(tables: Vec<Described>, rules: &[&Rule], changed: &str) {
    let found = read_live(tables.clone()).await.unwrap();
    assert_eq!(changed_fields(&found.state, &json!(desired_route_table())), [changed]);
    let mut mock = aws_smithy_mocks::MockResponseInterceptor::new()
        .rule_mode(aws_smithy_mocks::RuleMode::MatchAny);
    let describe = mock_describe(tables);
    for rule in [&describe].into_iter().chain(rules.iter().copied()) {
        mock = mock.with_rule(rule);
    }
    let config =
        aws_sdk_ec2::config::Builder::from(&mocked::sdk_config()).interceptor(mock).build();
    let aws = Aws { ec2: Client::from_conf(config), ..mocked::aws() };
    desired_route_table().update(&aws, &resource_id(), &found, &[changed.into()]).await.unwrap();
}

fn creates_route() -> Rule {
    mock!(Client::create_route)
        .match_requests(|request| {
            request.destination_cidr_block() == Some(ANYWHERE)
                && request.nat_gateway_id() == Some("nat-1")
        })
        .then_output(|| CreateRouteOutput::builder().build())
}

fn replaces_route() -> Rule {
    mock!(Client::replace_route)
        .match_requests(|request| {
            request.destination_cidr_block() == Some(ANYWHERE)
                && request.nat_gateway_id() == Some("nat-1")
        })
        .then_output(|| ReplaceRouteOutput::builder().build())
}

fn mock_associate(subnet_id: &'static str) -> Rule {
    mock!(Client::associate_route_table)
        .match_requests(move |request| {
            request.subnet_id() == Some(subnet_id) && request.route_table_id() == Some("rtb-1")
        })
        .then_output(|| AssociateRouteTableOutput::builder().build())
}

fn mock_disassociate(association_id: &'static str) -> Rule {
    mock!(Client::disassociate_route_table)
        .match_requests(move |request| request.association_id() == Some(association_id))
        .then_output(|| DisassociateRouteTableOutput::builder().build())
}

#[tokio::test]
async fn it_is_read_as_desired_without_unmanaged_routes() {
    let found = read_live(vec![usual_route_table()]).await.unwrap();
    assert_eq!(
        (found.state.clone(), found.attribute("id")),
        (json!(desired_route_table()), "rtb-1")
    );
    assert_eq!(read_live(vec![]).await, None);
    let unused = sdk_route_table("rtb-0", &[], &[]);
    let found = read_live(vec![unused, usual_route_table()]).await.unwrap();
    assert_eq!((found.attribute("id"), duplicate_ids(&found)), ("rtb-1", vec!["rtb-0".into()]));
}

#[tokio::test]
async fn create_makes_table_routes_and_associations_and_repeated_completes() {
    let create = mock!(Client::create_route_table)
        .match_requests(|request| {
            let token = client_token(&mocked::aws(), &resource_id(), &"vpc-1", 0);
            let tags = request.tag_specifications()[0].tags == managed_tags("private-routes");
            tags && request.client_token() == Some(token.as_str())
        })
        .then_output(|| {
            CreateRouteTableOutput::builder()
                .route_table(sdk_route_table("rtb-1", &[], &[]))
                .build()
        });
    let (route, first, second) =
        (creates_route(), mock_associate("subnet-1"), mock_associate("subnet-2"));
    let none = mock!(Client::describe_route_tables)
        .match_requests(|request| request.route_table_ids().is_empty())
        .then_output(|| DescribeRouteTablesOutput::builder().build());
    let made = mock_describe(vec![sdk_route_table("rtb-1", &[], &[])]);
    let ec2 = client!(aws_sdk_ec2, &none, &made, &create, &route, &first, &second);
    desired_route_table().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!([&create, &route, &first, &second].map(Rule::num_calls), [1, 1, 1, 1]);

    let half =
        mock_describe(vec![sdk_route_table("rtb-1", &[to_nat(ANYWHERE, "nat-1")], &["subnet-1"])]);
    let ec2 = client!(aws_sdk_ec2, &half, &second);
    desired_route_table().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
    assert_eq!(second.num_calls(), 2);
    let ec2 = client!(aws_sdk_ec2, &mock_describe(vec![usual_route_table()]));
    desired_route_table().create(&Aws { ec2, ..mocked::aws() }, &resource_id()).await.unwrap();
}

#[tokio::test]
async fn routes_are_created_replaced_and_deleted() {
    let subnets = ["subnet-1", "subnet-2"];
    let create = creates_route();
    update_live(vec![sdk_route_table("rtb-1", &[], &subnets)], &[&create], "routes").await;
    let exists =
        mock!(Client::create_route).then_http_response(|| ec2_refusal("RouteAlreadyExists"));
    let replace = replaces_route();
    update_live(vec![sdk_route_table("rtb-1", &[], &subnets)], &[&exists, &replace], "routes")
        .await;
    update_live(
        vec![sdk_route_table("rtb-1", &[to_nat(ANYWHERE, "nat-0")], &subnets)],
        &[&replace],
        "routes",
    )
    .await;
    let mut blackhole = to_nat(ANYWHERE, "nat-1");
    blackhole.state = Some(RouteState::Blackhole);
    update_live(vec![sdk_route_table("rtb-1", &[blackhole], &subnets)], &[&replace], "routes")
        .await;
    let delete = mock!(Client::delete_route)
        .match_requests(|request| request.destination_ipv6_cidr_block() == Some("::/0"))
        .sequence()
        .output(|| DeleteRouteOutput::builder().build())
        .http_response(|| ec2_refusal("InvalidRoute.NotFound"))
        .build();
    let surplus = Route::builder()
        .destination_ipv6_cidr_block("::/0")
        .egress_only_internet_gateway_id("eigw-1")
        .build();
    let table = sdk_route_table("rtb-1", &[to_nat(ANYWHERE, "nat-1"), surplus], &subnets);
    update_live(vec![table.clone()], &[&delete], "routes").await;
    update_live(vec![table], &[&delete], "routes").await;
    assert_eq!((create.num_calls(), replace.num_calls(), delete.num_calls()), (1, 3, 2));
}

#[tokio::test]
async fn subnets_are_added_moved_and_let_go() {
    let route = [to_nat(ANYWHERE, "nat-1")];
    let add = mock_associate("subnet-2");
    update_live(vec![sdk_route_table("rtb-1", &route, &["subnet-1"])], &[&add], "subnet_ids").await;

    let mut other = sdk_route_table("rtb-2", &[], &["subnet-2"]);
    other.tags = None;
    let move_here = mock!(Client::replace_route_table_association)
        .match_requests(|request| {
            request.association_id() == Some("rtb-2/subnet-2")
                && request.route_table_id() == Some("rtb-1")
        })
        .then_output(|| ReplaceRouteTableAssociationOutput::builder().build());
    update_live(
        vec![sdk_route_table("rtb-1", &route, &["subnet-1"]), other],
        &[&move_here],
        "subnet_ids",
    )
    .await;

    let let_go = mock_disassociate("rtb-1/subnet-3");
    let table = sdk_route_table("rtb-1", &route, &["subnet-1", "subnet-2", "subnet-3"]);
    update_live(vec![table], &[&let_go], "subnet_ids").await;
    assert_eq!([&add, &move_here, &let_go].map(Rule::num_calls), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn a_subnet_that_follows_another_table_unseen_is_looked_for_again() {
    let late = mock!(Client::describe_route_tables)
        .sequence()
        .output(|| DescribeRouteTablesOutput::builder().build())
        .output(|| DescribeRouteTablesOutput::builder().route_tables(usual_route_table()).build())
        .build();
    let taken = mock!(Client::associate_route_table)
        .then_http_response(|| ec2_refusal("Resource.AlreadyAssociated"));
    let aws = Aws { ec2: client!(aws_sdk_ec2, &late, &taken), ..mocked::aws() };
    association::create_association(&aws, "rtb-1", "subnet-1").await.unwrap();
    assert_eq!((late.num_calls(), taken.num_calls()), (2, 1));
}

#[tokio::test]
async fn an_association_whose_answer_was_lost_is_looked_for_before_it_is_made_again() {
    let appears = mock!(Client::describe_route_tables)
        .sequence()
        .output(|| DescribeRouteTablesOutput::builder().build())
        .output(|| DescribeRouteTablesOutput::builder().route_tables(usual_route_table()).build())
        .build();
    let lost = mock!(Client::associate_route_table).sequence().http_status(500, None).build();
    let aws = Aws { ec2: client!(aws_sdk_ec2, &appears, &lost), ..mocked::aws() };
    association::create_association(&aws, "rtb-1", "subnet-1").await.unwrap();
    assert_eq!((appears.num_calls(), lost.num_calls()), (2, 1));
}

#[tokio::test]
async fn delete_lets_the_subnets_go_first_and_one_that_is_gone_is_deleted_already() {
    let found = read_live(vec![usual_route_table()]).await.unwrap();
    let answer = |tables| DescribeRouteTablesOutput::builder().set_route_tables(tables).build();
    let describe = mock!(Client::describe_route_tables)
        .sequence()
        .output(move || answer(Some(vec![usual_route_table()])))
        .http_response(|| ec2_refusal("InvalidRouteTableID.NotFound"))
        .times(3)
        .build();
    let (first, second) =
        (mock_disassociate("rtb-1/subnet-1"), mock_disassociate("rtb-1/subnet-2"));
    let delete = mock!(Client::delete_route_table)
        .sequence()
        .output(|| DeleteRouteTableOutput::builder().build())
        .http_response(|| ec2_refusal("InvalidRouteTableID.NotFound"))
        .build();
    let aws =
        Aws { ec2: client!(aws_sdk_ec2, &describe, &first, &second, &delete), ..mocked::aws() };
    desired_route_table().delete(&aws, &found).await.unwrap();
    assert_eq!([&first, &second, &delete].map(Rule::num_calls), [1, 1, 1]);
    desired_route_table().delete(&aws, &found).await.unwrap();
}

#[tokio::test]
async fn duplicates_are_deleted() {
    let unused = sdk_route_table("rtb-0", &[], &[]);
    let found = read_live(vec![unused, usual_route_table()]).await.unwrap();
    let delete = mock!(Client::delete_route_table)
        .match_requests(|request| request.route_table_id() == Some("rtb-0"))
        .then_output(|| DeleteRouteTableOutput::builder().build());
    let gone = mock!(Client::describe_route_tables)
        .then_http_response(|| ec2_refusal("InvalidRouteTableID.NotFound"));
    let aws = Aws { ec2: client!(aws_sdk_ec2, &delete, &gone), ..mocked::aws() };
    desired_route_table()
        .update(&aws, &resource_id(), &found, &["duplicates".into()])
        .await
        .unwrap();
    assert_eq!(delete.num_calls(), 1);
}
