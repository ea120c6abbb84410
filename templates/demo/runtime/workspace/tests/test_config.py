from config import load_config


def test_a_file_that_is_not_there_has_no_settings() -> None:
    assert load_config("/nowhere") == {}
