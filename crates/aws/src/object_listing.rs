//! Pages of `ListObjectsV2` with keys decoded.

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{EncodingType, Object};

use crate::listed_key::listed_key;

/// One page of a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectPage {
    pub objects: Vec<ObjectEntry>,
    /// With a delimiter: the beginnings of the keys that continue behind it, each once.
    pub common_prefixes: Vec<String>,
    /// The token of the next page; `None` on the last one.
    pub next: Option<String>,
}

/// The current version of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct ObjectEntry {
    pub key: String,
    pub size: Option<u64>,
    pub storage_class: Option<String>,
    pub last_modified: Option<DateTime>,
}

impl From<ListObjectsV2Output> for ObjectPage {
    fn from(output: ListObjectsV2Output) -> Self {
        let encoding = output.encoding_type.as_ref();
        let is_truncated = output.is_truncated == Some(true);
        let objects = output.contents.unwrap_or_default().into_iter();
        let prefixes = output.common_prefixes.unwrap_or_default().into_iter();
        Self {
            objects: objects.filter_map(|object| object_entry(object, encoding)).collect(),
            common_prefixes: prefixes
                .filter_map(|common| Some(listed_key(common.prefix?, encoding)))
                .collect(),
            next: output.next_continuation_token.filter(|_| is_truncated),
        }
    }
}

fn object_entry(object: Object, encoding: Option<&EncodingType>) -> Option<ObjectEntry> {
    Some(ObjectEntry {
        key: listed_key(object.key?, encoding),
        size: object.size.and_then(|size| u64::try_from(size).ok()),
        storage_class: object.storage_class.map(|class| class.as_str().to_owned()),
        last_modified: object.last_modified,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::types::CommonPrefix;

    use super::*;

    fn page_output(is_truncated: bool) -> ListObjectsV2Output {
        ListObjectsV2Output::builder()
            .encoding_type(EncodingType::Url)
            .contents(Object::builder().key("a+b%0A").size(3).build())
            .common_prefixes(CommonPrefix::builder().prefix("a+b/").build())
            .next_continuation_token("token")
            .is_truncated(is_truncated)
            .build()
    }

    #[test]
    fn keys_and_prefixes_are_decoded() {
        let page = ObjectPage::from(page_output(true));
        let shown: Vec<_> =
            page.objects.iter().map(|object| (object.key.as_str(), object.size)).collect();
        assert_eq!(shown, [("a b\n", Some(3))]);
        assert_eq!(page.common_prefixes, ["a b/"]);
        assert_eq!(page.next.as_deref(), Some("token"));
        assert_eq!(ObjectPage::from(page_output(false)).next, None);
    }
}
