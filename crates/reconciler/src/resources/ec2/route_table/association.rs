//! Which subnets follow a route table. A subnet follows one: it is moved, not added.

use aws::SdkFailure;
use aws_sdk_ec2::types::{
    RouteTable as Described, RouteTableAssociation, RouteTableAssociationStateCode,
};

use crate::Aws;
use crate::kind_error::KindError;
use crate::resources::ec2::refusals::{is_early, is_uncertain};
use crate::resources::ec2::retry::{delete_when_free, sent_once};
use crate::resources::ec2::tagging::new_filter;
use crate::wait::{self, EC2_SETTLES};

/// Association and subnet ids. The main association, which covers all other subnets, belongs to the
/// VPC.
pub(super) fn subnet_associations(table: &Described) -> Vec<(String, String)> {
    let standing = table.associations().iter().filter(|association| is_in_effect(association));
    standing
        .filter_map(|one| one.route_table_association_id.clone().zip(one.subnet_id.clone()))
        .collect()
}

fn is_in_effect(association: &RouteTableAssociation) -> bool {
    use RouteTableAssociationStateCode::{Disassociated, Disassociating, Failed};
    let state = association.association_state().and_then(|state| state.state());
    !matches!(state, Some(Disassociated | Disassociating | Failed))
        && association.main() != Some(true)
}

/// Lets a subnet follow a table, whatever it followed before.
pub(super) async fn create_association(
    aws: &Aws,
    table_id: &str,
    subnet_id: &str,
) -> Result<(), KindError> {
    // Reads may not show the association of the subnet yet, so they are repeated.
    let stale =
        |failure: &SdkFailure| failure.is(&["Resource.AlreadyAssociated"]) || is_early(failure);
    let attempts = async || {
        wait::retry(EC2_SETTLES, stale, async || {
            attempt_association(aws, table_id, subnet_id).await
        })
        .await
    };
    let made = match attempts().await {
        Err(failure) if is_uncertain(&failure) => attempts().await,
        outcome => outcome,
    };
    made.map_err(KindError::doing("associating with its route table subnet", subnet_id))
}

/// Finds the table that a subnet follows, with the id of the association.
async fn find_association(
    aws: &Aws,
    subnet_id: &str,
) -> Result<Option<(String, String)>, SdkFailure> {
    let followed = new_filter("association.subnet-id", subnet_id);
    let described = aws.ec2.describe_route_tables().filters(followed).send().await?;
    let of_subnet = |table: &Described| {
        subnet_associations(table).into_iter().find(|(_, subnet)| subnet == subnet_id)
    };
    let mut tables = described.route_tables.unwrap_or_default().into_iter();
    Ok(tables.find_map(|table| {
        let association_id = of_subnet(&table)?.0;
        Some((table.route_table_id?, association_id))
    }))
}

async fn attempt_association(aws: &Aws, table_id: &str, subnet_id: &str) -> Result<(), SdkFailure> {
    match find_association(aws, subnet_id).await? {
        Some((now, _)) if now == table_id => {}
        Some((_, association_id)) => {
            let replace = aws.ec2.replace_route_table_association().association_id(association_id);
            replace.route_table_id(table_id).send().await?;
        }
        None => {
            let associate = aws.ec2.associate_route_table().route_table_id(table_id);
            associate.subnet_id(subnet_id).customize().config_override(sent_once()).send().await?;
        }
    }
    Ok(())
}

/// Ends an association; one that is gone has ended already.
pub(super) async fn remove_association(aws: &Aws, association_id: &str) -> Result<(), KindError> {
    let remove = aws.ec2.disassociate_route_table().association_id(association_id);
    let removed = delete_when_free(async || Ok(remove.clone().send().await?)).await;
    removed.map_err(KindError::doing("ending the association of a route table", association_id))
}
