use super::*;

#[test]
fn positions_count_every_kind_of_line_end_and_characters_not_bytes() {
    let text = Text::new("a\r\nbé!\rc\n");
    assert_eq!(text.position(0), Position { line: 1, column: 1 });
    assert_eq!(text.position(3), Position { line: 2, column: 1 });
    assert_eq!(text.position(6), Position { line: 2, column: 3 });
    assert_eq!(text.slice(text.line_span(2)), "bé!");
    assert_eq!(text.position(8), Position { line: 3, column: 1 });
    assert_eq!(text.position(999), Position { line: 4, column: 1 });
}

#[test]
fn byte_order_mark_survives_an_edit() {
    let text = Text::decode("\u{feff}name: x\n".as_bytes()).expect("UTF-8");
    let edited = text.edited(&[TextEdit::replace(Span::new(6, 7), "y")]).expect("sound edit");
    assert_eq!(edited.to_bytes(), "\u{feff}name: y\n".as_bytes());
}

#[test]
fn a_second_byte_order_mark_is_text_and_survives_an_edit() {
    let text = Text::decode("\u{feff}\u{feff}a: x\n".as_bytes()).expect("UTF-8");
    let edited = text.edited(&[TextEdit::replace(Span::new(6, 7), "y")]).expect("sound edit");
    assert_eq!(edited.to_bytes(), "\u{feff}\u{feff}a: y\n".as_bytes());
}

#[test]
fn overlapping_edits_are_refused() {
    let text = Text::new("abcdef");
    let clash = [TextEdit::remove(Span::new(0, 3)), TextEdit::remove(Span::new(2, 4))];
    assert_eq!(text.edited(&clash), Err(clash[1].clone()));
}

#[test]
fn undecodable_bytes_say_where() {
    assert_eq!(Text::decode(b"a\0b"), Err(Undecodable::Binary(1)));
    assert_eq!(Text::decode(b"ok\n\xe9"), Err(Undecodable::NotUtf8 { offset: 3, line: 2 }));
}

#[test]
fn whole_lines_take_the_line_end_with_them() {
    let text = Text::new("one\ntwo\nthree");
    assert_eq!(text.slice(text.whole_lines(Span::new(5, 6))), "two\n");
    assert_eq!(text.slice(text.whole_lines(Span::new(1, 9))), "one\ntwo\nthree");
}
