//! Documents as we write them and as AWS gives them back.

use super::*;

fn desired_document() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Principal": { "AWS": ["111122223333", "arn:aws:iam::444455556666:role/reader"] },
                "Action": ["s3:GetObject", "s3:ListBucket"],
                "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
                "Condition": {
                    "StringEquals": { "aws:SourceAccount": ["1", "2"] },
                    "Bool": { "aws:SecureTransport": "true" },
                },
            },
            {
                "Sid": "Tls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::data"],
            },
        ],
    })
}

/// The same, as S3 and EFS were seen to give it.
fn given_back() -> Value {
    json!({
        "Id": "put-there-by-efs",
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Tls",
                "Effect": "Deny",
                "Principal": { "AWS": "*" },
                "Action": ["s3:*"],
                "Resource": "arn:aws:s3:::data",
            },
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Principal": { "AWS": [
                    "arn:aws:iam::444455556666:role/reader",
                    "arn:aws:iam::111122223333:root",
                ] },
                "Action": ["s3:ListBucket", "S3:GetObject"],
                "Resource": ["arn:aws:s3:::data/*", "arn:aws:s3:::data"],
                "Condition": {
                    "Bool": { "aws:SecureTransport": true },
                    "StringEquals": { "AWS:SourceAccount": ["2", "1"] },
                },
            },
        ],
    })
}

#[test]
fn what_means_the_same_is_read_in_the_desired_words() {
    assert_eq!(parse(&desired_document(), &given_back().to_string()), desired_document());
    assert_eq!(normalise_document(&desired_document()), normalise_document(&given_back()));
}

#[test]
fn a_single_statement_may_stand_alone_and_an_empty_condition_says_nothing() {
    let one =
        json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": ["a:B"] }] });
    let alone = json!({
        "Version": "2012-10-17",
        "Statement": { "Sid": "", "Effect": "Allow", "Action": "a:B", "Condition": {} },
    });
    assert_eq!(in_terms_of(&one, alone), one);
}

/// Each change of meaning is still a difference.
#[test]
fn what_means_something_else_differs() {
    let changes: [fn(&mut Value); 10] = [
        |document| document["Version"] = json!("2008-10-17"),
        |document| document["Statement"][1]["Effect"] = json!("Deny"),
        |document| document["Statement"][1]["Action"] = json!("s3:GetObject"),
        |document| document["Statement"][1]["Resource"] = json!("arn:aws:s3:::Data"),
        |document| {
            document["Statement"][1]["Principal"]["AWS"] = json!("arn:aws:iam::111122223333:root")
        },
        |document| document["Statement"][0]["Principal"] = json!({ "Service": "*" }),
        |document| {
            document["Statement"][1]["Condition"]["Bool"] =
                json!({ "aws:SecureTransport": "false" })
        },
        |document| document["Statement"][1]["Condition"] = json!({}),
        |document| document["Statement"][1]["Sid"] = json!("Other"),
        |document| {
            document["Statement"].as_array_mut().unwrap().remove(0);
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut document = given_back();
        change(&mut document);
        assert_ne!(
            in_terms_of(&desired_document(), document),
            desired_document(),
            "change {number}"
        );
    }
}

#[test]
fn a_difference_shows_only_what_differs() {
    let mut document = given_back();
    document["Statement"][1]["Action"] = json!("s3:GetObject");
    let mut expected = desired_document();
    expected["Statement"][0]["Action"] = json!("s3:GetObject");
    assert_eq!(in_terms_of(&desired_document(), document), expected);
}

#[test]
fn a_statement_is_found_by_its_sid_and_its_lists_are_texts() {
    let statement = find_statement(&given_back(), "Tls").unwrap();
    assert_eq!(join_list(&statement["Principal"]["AWS"]), "*");
    assert_eq!(find_statement(&given_back(), "None"), None);
}

#[test]
fn what_is_no_document_is_itself() {
    assert_eq!(parse(&desired_document(), "no JSON"), Value::Null);
    assert_eq!(in_terms_of(&Value::Null, Value::Null), Value::Null);
}
