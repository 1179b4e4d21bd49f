// The way to the pages comes first for the keyboard, though Streamlit puts its sidebar before it.

(() => {
  const FIRST = '[data-testid="stSkipToContent"], [data-testid="stTopNavLink"]';

  function putFirst() {
    for (const link of document.querySelectorAll(FIRST)) if (link.tabIndex !== 1) link.tabIndex = 1;
  }

  putFirst();
  window.ganlabLinks?.disconnect();
  window.ganlabLinks = new MutationObserver(putFirst);
  const header = document.querySelector('[data-testid="stHeader"]');
  if (header) window.ganlabLinks.observe(header, { childList: true, subtree: true });
})();
