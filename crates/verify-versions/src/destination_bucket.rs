//! The bucket of a sync or of a proof, and where it is.

use aws::clients::s3_in_region;
use aws_sdk_s3::Client;
use domain::records::outputs::Outputs;
use domain::records::proof::Proof;

/// A bucket. Other regions and accounts than those of the stack have their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BucketAccess {
    pub(crate) name: String,
    /// `None` is the region of the stack.
    pub(crate) region: Option<String>,
    /// The account that must own the bucket; `None` is that of the stack, whose buckets the
    /// policies of the function name.
    pub(crate) owner: Option<String>,
}

impl BucketAccess {
    /// The client for this bucket, made of one for the region of the stack.
    pub(crate) fn client(&self, of_stack: &Client) -> Client {
        match &self.region {
            Some(region) => s3_in_region(of_stack, region),
            None => of_stack.clone(),
        }
    }
}

impl From<&Outputs> for BucketAccess {
    fn from(outputs: &Outputs) -> Self {
        Self {
            name: outputs.destination_bucket.clone(),
            region: outputs.destination_region.clone(),
            owner: outputs.destination_account.clone(),
        }
    }
}

impl From<&Proof> for BucketAccess {
    fn from(proof: &Proof) -> Self {
        Self {
            name: proof.bucket.clone(),
            region: proof.bucket_region.clone(),
            owner: proof.bucket_account.clone(),
        }
    }
}
