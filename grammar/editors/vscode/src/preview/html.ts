/** Where the page's parts lie. */
export interface Parts {
  /** Source of the content security policy for the extension's own files. */
  source: string;
  script: string;
  style: string;
  nonce: string;
}

/** The page of the preview. Nothing but the extension's own script and style may load, and nothing may be sent. */
export function page({ source, script, style, nonce }: Parts): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'nonce-${nonce}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Preview</title>
<link rel="stylesheet" nonce="${nonce}" href="${style}">
</head>
<body>
<header>
  <h1 id="title">Preview</h1>
  <p id="state" role="status">Waiting for the language server …</p>
</header>
<div id="legend" aria-live="off"></div>
<main id="chart" role="img" aria-label="Candles, fills and equity"></main>
<dl id="figures"></dl>
<footer>Charts by <a href="https://www.tradingview.com/">TradingView Lightweight Charts</a></footer>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
