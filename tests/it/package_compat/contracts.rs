//! What the runtime's base class asks of adapters.

use super::{BASE, compat, said, world};

#[test]
fn a_new_abstract_method_breaks_the_template_and_the_shape_is_behind() {
    let world = world();
    let base = format!("{BASE}\n    @abstractmethod\n    async def teardown(self): ...\n");
    world.write("mono/workspace/adapter_base.py", base);
    let report = compat(&world, &[], 1);
    let found = said(&report);
    assert!(
        found[0].starts_with(
            "runtime-contract adapter.py:5 breaks `hermes`: `HermesAdapter` lacks `teardown`"
        ),
        "{found:?}"
    );
    let fleet = report["findings"].to_string();
    assert!(
        fleet.contains("does not require `teardown`, which is abstract in `BaseAdapter`"),
        "{fleet}"
    );
}

#[test]
fn a_method_that_became_synchronous_or_takes_more_is_found() {
    let world = world();
    let base = BASE.replace(
        "async def setup(self, config: AdapterConfig)",
        "def setup(self, config: AdapterConfig, tools)",
    );
    world.write("mono/workspace/adapter_base.py", base);
    let report = compat(&world, &[], 1);
    let found = said(&report);
    assert!(
        found[0].contains("`setup` is asynchronous, but the runtime does not await it"),
        "{found:?}"
    );
    let fleet = report["findings"].to_string();
    assert!(
        fleet.contains("demands that `setup` is asynchronous, but in `BaseAdapter` it is plain"),
        "{fleet}"
    );
    assert!(
        fleet.contains("gives `setup` `config`, but `BaseAdapter` gives it `config`, `tools`"),
        "{fleet}"
    );
}

#[test]
fn a_field_that_the_configuration_lost_is_found_where_it_is_used() {
    let world = world();
    world.replace("mono/workspace/adapter_base.py", "    model: str\n", "    model_name: str\n");
    let found = said(&compat(&world, &[], 1));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("runtime-config-field adapter.py:11 breaks `hermes` when `setup` is called: `acme_runtime.adapter_base.AdapterConfig`"),
        "{found:?}"
    );
}

#[test]
fn a_shape_that_demands_what_the_base_no_longer_has_is_behind() {
    let world = world();
    world.replace(
        "pack/shape.yaml",
        "- { name: name, kind: static",
        "- { name: gone, kind: static",
    );
    world.replace(
        "hermes/adapter.py",
        "def name",
        "def gone():\n        ...\n\n    @staticmethod\n    def name",
    );
    let report = compat(&world, &[], 1);
    let fleet = report["findings"].to_string();
    assert!(fleet.contains("demands `gone`, which `BaseAdapter` does not have"), "{fleet}");
    assert!(fleet.contains("does not require `name`"), "{fleet}");
}

#[test]
fn a_base_class_that_is_gone_leaves_the_contract_unchecked() {
    let world = world();
    world.replace("mono/workspace/adapter_base.py", "class BaseAdapter(ABC)", "class Base(ABC)");
    let report = compat(&world, &[], 3);
    assert!(report["findings"].to_string().contains("has no class `BaseAdapter`"));
}
