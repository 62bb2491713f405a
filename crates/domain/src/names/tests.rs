use super::*;

#[test]
fn the_longest_stack_name_still_fits_every_limit() {
    let names = Names::new(&"a".repeat(20), "111122223333", "ap-southeast-1");
    assert!(names.records_bucket().len() <= 63, "S3 bucket names");
    assert!(names.destination_bucket().len() <= 63, "S3 bucket names");
    for function in FunctionName::ALL {
        assert!(names.function_name(function).len() <= 64, "Lambda function names");
        assert!(names.role_name(function.name()).len() <= 64, "IAM role names");
    }
}

#[test]
fn the_partition_follows_the_region() {
    let arn =
        |region| Names::new("s", "111122223333", region).function_arn(FunctionName::VerifyVersions);
    assert_eq!(
        arn("eu-central-1"),
        "arn:aws:lambda:eu-central-1:111122223333:function:s-verify-versions"
    );
    assert_eq!(
        arn("cn-north-1"),
        "arn:aws-cn:lambda:cn-north-1:111122223333:function:s-verify-versions"
    );
    assert_eq!(
        arn("us-gov-west-1"),
        "arn:aws-us-gov:lambda:us-gov-west-1:111122223333:function:s-verify-versions"
    );
    assert_eq!(
        arn("eusc-de-east-1"),
        "arn:aws-eusc:lambda:eusc-de-east-1:111122223333:function:s-verify-versions"
    );
}

#[test]
fn host_names_and_services_follow_the_partition() {
    let all = |region| {
        let names = Names::new("s", "111122223333", region);
        (names.dns_suffix(), names.ec2_principal(), names.endpoint_service("s3"))
    };
    let expected = ("amazonaws.com", "ec2.amazonaws.com", "com.amazonaws.eu-west-1.s3".to_owned());
    assert_eq!(all("eu-west-1"), expected);
    let expected =
        ("amazonaws.com.cn", "ec2.amazonaws.com.cn", "com.amazonaws.cn-north-1.s3".to_owned());
    assert_eq!(all("cn-north-1"), expected);
    let expected =
        ("amazonaws.eu", "ec2.amazonaws.com", "eu.amazonaws.eusc-de-east-1.s3".to_owned());
    assert_eq!(all("eusc-de-east-1"), expected);
}
