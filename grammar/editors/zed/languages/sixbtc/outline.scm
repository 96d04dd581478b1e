(strategy "strategy" @context name: (identifier) @name) @item
(portfolio "portfolio" @context name: (identifier) @name) @item
(indicator "indicator" @context name: (identifier) @name) @item
(function "fn" @context name: (identifier) @name) @item
(enum_declaration "enum" @context name: (identifier) @name) @item
(test "test" @context title: (string) @name) @item
(param "param" @context name: (identifier) @name) @item
