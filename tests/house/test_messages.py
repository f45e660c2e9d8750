"""Chinese and English are both complete."""

from tools.messages import faults


def test_every_sentence_has_its_chinese_and_the_catalogue_is_compiled():
    assert faults() == []
