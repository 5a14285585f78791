/**
 * Lets the wide parts of rendered Markdown scroll by themselves, also by keyboard. In rendered Markdown a `<` is
 * always markup of ours, so the tags can be matched as text.
 */
export function withScrollers(html: string): string {
  return html
    .replaceAll("<pre>", '<pre tabindex="0">')
    .replaceAll("<table>", '<div class="scroller" tabindex="0"><table>')
    .replaceAll("</table>", "</table></div>");
}
