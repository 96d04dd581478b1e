// Line ends. A statement ends at the end of its line, unless the next token (comments aside) can only go on: an infix
// operator, a closing bracket, `{`, or one of the words below. No statement begins with any of those. Where the grammar
// expects no end of a statement, the line end is space and this scanner is not asked.

#include "tree_sitter/parser.h"
#include <string.h>

enum TokenType { NEWLINE };

static const char *const CONTINUING[] = {"and",  "or",     "mod", "crosses",   "in",     "then", "else",
                                         "init", "settle", "at",  "rebalance", "weight", "when"};

// Longer than the longest continuing word.
enum { WORD_MAX = 12 };

void *tree_sitter_sbt_external_scanner_create(void) { return NULL; }
void tree_sitter_sbt_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_sbt_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}
void tree_sitter_sbt_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

static bool is_line_end(int32_t c) { return c == '\n' || c == '\r'; }

static bool is_word(int32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether the word at the lexer begins the rest of a statement.
static bool continues(TSLexer *lexer) {
  char word[WORD_MAX + 1];
  unsigned length = 0;
  while (is_word(lexer->lookahead)) {
    if (length == WORD_MAX) {
      return false;
    }
    word[length++] = (char)lexer->lookahead;
    lexer->advance(lexer, false);
  }
  word[length] = '\0';
  for (unsigned i = 0; i < sizeof CONTINUING / sizeof *CONTINUING; i++) {
    if (strcmp(word, CONTINUING[i]) == 0) {
      return true;
    }
  }
  return false;
}

bool tree_sitter_sbt_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid_symbols) {
  (void)payload;
  if (!valid_symbols[NEWLINE]) {
    return false;
  }
  while (lexer->lookahead == ' ' || lexer->lookahead == '\t') {
    lexer->advance(lexer, true);
  }
  if (!is_line_end(lexer->lookahead)) {
    return false;
  }
  lexer->advance(lexer, false);
  lexer->mark_end(lexer);
  lexer->result_symbol = NEWLINE;

  for (;;) {
    while (lexer->lookahead == ' ' || lexer->lookahead == '\t' || is_line_end(lexer->lookahead)) {
      lexer->advance(lexer, false);
    }
    if (lexer->eof(lexer)) {
      return false;
    }
    if (lexer->lookahead != '/') {
      break;
    }
    lexer->advance(lexer, false);
    if (lexer->lookahead != '/') {
      return false; // a division
    }
    while (!is_line_end(lexer->lookahead) && !lexer->eof(lexer)) {
      lexer->advance(lexer, false);
    }
  }
  if (lexer->lookahead < 0x80 && strchr("+-*<>=!?)]}{,:.", (int)lexer->lookahead) != NULL) {
    return false;
  }
  return !continues(lexer);
}
