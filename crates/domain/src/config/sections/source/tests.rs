//! Folders that DataSync can't copy, and keys that have moved.

use crate::config::refusal_tests::describe_refusals;

pub(in crate::config) const SUBDIRECTORIES: &[&str] = &[
    "[source]\nsubdirectory = \"data\"",
    "[source]\nsubdirectory = \"/data\"",
    "[source]\nsubdirectory = \"\"",
    "[source]\nsubdirectory = \"/a/../b/\"",
    "[source]\nsubdirectory = \"/a:b/\"",
    "[source]\nsubdirectory = [\"/a/\"]",
];

pub(in crate::config) const ACCESS: &[&str] = &[
    "[source]\naccess_point_id = \"ap-1\"",
    "[source]\naccess_point_id = \
        \"arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-00000001\"",
    "[source]\nsubnet_id = \"subnet-00000001\"",
    "[source]\nsecurity_group_ids = [\"sg-00000001\"]",
    "[source]\nfile_system_id = \"fs-00000001\"",
];

#[test]
fn refused_subdirectories() {
    insta::assert_snapshot!(describe_refusals(SUBDIRECTORIES), @r#"
    [source] subdirectory = "data"
        source.subdirectory = "data": must begin and end in /: it is a directory, seen from the top of the file system
    [source] subdirectory = "/data"
        source.subdirectory = "/data": must begin and end in /: it is a directory, seen from the top of the file system
    [source] subdirectory = ""
        source.subdirectory = "": must begin and end in /: it is a directory, seen from the top of the file system
    [source] subdirectory = "/a/../b/"
        source.subdirectory = "/a/../b/": must not contain //, /./ or /../: DataSync can't transfer such paths
    [source] subdirectory = "/a:b/"
        source.subdirectory = "/a:b/": must not contain ':': DataSync accepts only A-Z a-z 0-9 _ - + . / ( ) and spaces
    [source] subdirectory = ["/a/"]
        source.subdirectory = ["/a/"]: must be a text in quotes
    "#);
}

#[test]
fn refused_access_points_and_keys_that_moved() {
    insta::assert_snapshot!(describe_refusals(ACCESS), @r#"
    [source] access_point_id = "ap-1"
        source.access_point_id = "ap-1": must be the id of an access point, fsap- and 8 or 17 hexadecimal digits; `aws efs describe-access-points` lists them
    [source] access_point_id = "arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-00000001"
        source.access_point_id = "arn:aws:elasticfilesystem:eu-central-1:111122223333:access-point/fsap-00000001": must be the id of an access point, fsap- and 8 or 17 hexadecimal digits; `aws efs describe-access-points` lists them
    [source] subnet_id = "subnet-00000001"
        source.subnet_id = "subnet-00000001": has moved: write network.vpc_id and network.subnet_ids for an existing VPC, or nothing for a new one
    [source] security_group_ids = ["sg-00000001"]
        source.security_group_ids = ["sg-00000001"]: has moved: write file_system.security_group_ids beside file_system.id, or nothing for a new file system
    [source] file_system_id = "fs-00000001"
        source.file_system_id = "fs-00000001": is not a known key; known keys: subdirectory, access_point_id
    "#);
}
