(strategy body: (_) @class.inside) @class.around
(portfolio body: (_) @class.inside) @class.around
(indicator body: (_) @function.inside) @function.around
(function body: (_) @function.inside) @function.around
(test body: (_) @test.inside) @test.around
(parameter) @parameter.inside
(comment) @comment.inside
(comment)+ @comment.around
