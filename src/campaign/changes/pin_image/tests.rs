use super::super::testing::told;
use crate::checks::testing::Case;

/// What becomes of a Dockerfile.
fn pinned(dockerfile: &str) -> String {
    let digests = ["a", "b"].map(|digit| format!("sha256:{}", digit.repeat(64)));
    let change = format!(
        "pin_image: {{ images: ['python:3.11-slim', ghcr.io/acme/base], digests: {{ 'python:3.11-slim': '{}', ghcr.io/acme/base: '{}' }} }}",
        digests[0], digests[1]
    );
    let said = told(&Case::conformant().file("Dockerfile", dockerfile), &change);
    said.replace(&digests[0], "AAA").replace(&digests[1], "BBB")
}

#[test]
fn every_spelling_keeps_its_name_and_tag() {
    let old = format!("sha256:{}", "c".repeat(64));
    let dockerfile = format!(
        "from --platform=linux/amd64 python:3.11-slim AS one # no comment\nFROM docker.io/library/python:3.11-slim@{old} as two\nFROM ghcr.io/acme/base:latest\nFROM python:3.12-slim\nFROM one\n"
    )
    .replace(" # no comment", "");
    insta::assert_snapshot!(pinned(&dockerfile), @"
    = Dockerfile
      from --platform=linux/amd64 python:3.11-slim@AAA AS one
      FROM docker.io/library/python:3.11-slim@AAA as two
      FROM ghcr.io/acme/base:latest@BBB
      FROM python:3.12-slim
      FROM one
    ");
}

#[test]
fn the_default_of_an_argument_is_set_where_it_stands() {
    insta::assert_snapshot!(pinned("ARG BASE=\"python:3.11-slim\"\nFROM ${BASE}\nFROM $BASE\n"), @r#"
    = Dockerfile
      ARG BASE="python:3.11-slim@AAA"
      FROM ${BASE}
      FROM $BASE
    "#);
    insta::assert_snapshot!(pinned("ARG TAG=3.11-slim\nFROM python:${TAG}\n"), @"
    hindered: the image is composed of several parts, so no digest can be set (Dockerfile:2:6)
      write it in one word, or as the default of one ARG
    ");
}

#[test]
fn a_dockerfile_that_cannot_be_read_hinders_the_repository() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let change = format!("pin_image: {{ images: [python], digests: {{ python: '{digest}' }} }}");
    let case = Case::conformant().file("Dockerfile", b"FROM python # caf\xe9\n");
    insta::assert_snapshot!(told(&case, &change), @"
    hindered: `Dockerfile` is not UTF-8 (line 1, byte offset 17) (Dockerfile)
      repair the file first
    ");
}

#[test]
fn what_is_another_image_stays() {
    assert_eq!(pinned("FROM acme/python:3.11-slim\nFROM python:3.11\n"), "");
    let digest = format!("FROM python@sha256:{}\n", "c".repeat(64));
    insta::assert_snapshot!(pinned(&digest), @"(`Dockerfile`, line 1, stays as it is: it names no tag, so its digest may belong to another tag)");
    insta::assert_snapshot!(told(&Case::conformant(), "pin_image: { images: [python] }"), @"hindered: the digest of `python` was not looked up");
}
