import pytest

from rcnet_tf.errors import UserError
from rcnet_tf.training.address import VARIABLES, Address, parse


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.168.0.5:9876,2,1", Address("192.168.0.5", 9876, 2, 1)),
        ("[::1]:80,1,0", Address("[::1]", 80, 1, 0)),
        (" host:1 , 3 , 2 ", Address("host", 1, 3, 2)),
    ],
)
def test_addresses(text, address):
    assert parse(text) == address
    assert parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    "|host|host:1|host:1,2|host:x,2,0|:1,2,0|host:0,2,0|host:70000,2,0|host:1,2,2|host:1,0,0|"
    "host:1,2,-1|host:1,2,0,0".split("|"),
)
def test_no_addresses(text):
    with pytest.raises(UserError, match="expected HOST:PORT,PROCESSES,RANK"):
        parse(text)


def test_from_the_environment():
    environment = dict(zip(VARIABLES, ("a:5,b:5", "2", "1"), strict=True))
    assert parse("env", environment) == Address("a", 5, 2, 1)
    del environment[VARIABLES[2]]
    with pytest.raises(UserError, match="KERAS_DISTRIBUTION_PROCESS_ID is not set"):
        parse("env", environment)
