"""A throw-away provider, in the shape of the recipe in CONTRIBUTING: letters that go out at once, held in memory."""

from experiments.providers import Provider, Region

PROVIDER = Provider(
    code="letterbox",
    label="Letterbox",
    module="tests.third_provider.client",
    document_module="tests.third_provider.document",
    samples_module="tests.third_provider.samples",
    regions=(Region("home", "Home", "https://letterbox.example"),),
    key_label="Box",
    secret_label="Key",
    key_pattern=r"\w+",
    secret_pattern=r"\w+",
    most_variants=4,
    can_schedule=False,
    can_undo=False,
    can_validate=False,
    can_report=True,
    is_idempotent=False,
    test_kind="Letter test",
)
