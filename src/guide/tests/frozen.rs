//! A release that a freeze holds.

use super::*;

#[test]
fn a_freeze_of_what_members_may_have_names_the_way_back_too() {
    let why = |stage: &str| {
        let told = fleet(Fleet {
            releases: vec![Release {
                version: "1.2.0".to_owned(),
                stage: stage.to_owned(),
                halt: facts::ReleaseHalt::Frozen,
                ..Release::default()
            }],
            ..Fleet::default()
        });
        assert_eq!(commands(&told)[0], "release thaw");
        told[0].1.clone()
    };
    let back = "(if 1.2.0 itself is bad: `shipshape release back VERSION`)";
    assert!(why("cascade").contains(back) && why("images").contains(back));
    assert!(!why("publish").contains("release back"));
}
