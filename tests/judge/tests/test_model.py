import unittest

from judge.model import violations


def request(service, operation, **parameters):
    return {"service": service, "operation": operation, "parameters": parameters}


def kinds(found):
    return sorted((path, kind) for path, kind, _ in found)


class Model(unittest.TestCase):
    """The model judge finds what SDKs let pass."""

    def check(self, expected, service, operation, **parameters):
        self.assertEqual(kinds(violations(request(service, operation, **parameters))), expected)

    def test_a_request_that_is_right(self):
        self.check([], "datasync", "StartTaskExecution", TaskArn=TASK)

    def test_a_required_member_that_is_missing(self):
        self.check([("", "required")], "datasync", "StartTaskExecution")

    def test_a_value_that_is_none_of_the_enum(self):
        options = {"VerifyMode": "SOMETIMES"}
        expected = [(".OverrideOptions.VerifyMode", "enum")]
        self.check(expected, "datasync", "StartTaskExecution", TaskArn=TASK, OverrideOptions=options)

    def test_a_text_against_the_pattern(self):
        self.check([(".TaskArn", "pattern")], "datasync", "DescribeTask", TaskArn="task-1")

    def test_a_text_that_is_too_long(self):
        self.check([(".RoleName", "length")], "iam", "GetRole", RoleName="a" * 65)

    def test_a_number_out_of_range(self):
        self.check([(".MaxResults", "range")], "datasync", "ListTasks", MaxResults=101)

    def test_a_list_that_is_too_large(self):
        names = ["a"] * 101
        self.check([(".AlarmNames", "size")], "cloudwatch", "DescribeAlarms", AlarmNames=names)

    def test_a_member_that_nobody_knows(self):
        self.check([("", "unknown member")], "datasync", "DescribeTask", TaskArn=TASK, Colour="red")


TASK = "arn:aws:datasync:eu-central-1:111122223333:task/task-0123456789abcdef0"

if __name__ == "__main__":
    unittest.main()
