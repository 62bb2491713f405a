//! The Lambda function `bootstrap-stack`: wiring only.

use aws_edge::RecordsBucket;
