"use strict";
(() => {
  const chinese = document.documentElement.lang.startsWith("zh");
  const narrow = matchMedia("(max-width: 640px)");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  if (chinese) {
    Plotly.register({
      moduleType: "locale",
      name: "zh-CN",
      dictionary: {
        "Download plot as a PNG": "下载为 PNG 图片",
        "Double-click on legend to isolate one trace": "双击图例只显示一条",
        "Double-click to zoom back out": "双击还原",
        "Reset axes": "还原坐标轴",
        "Autoscale": "自动缩放",
        "Pan": "平移",
        "Zoom": "缩放",
        "Zoom in": "放大",
        "Zoom out": "缩小",
        "Taking snapshot - this may take a few seconds": "正在生成图片",
        "Snapshot succeeded": "图片已生成",
      },
      format: { days: [], shortDays: [], months: [], shortMonths: [], date: "%Y-%m-%d" },
    });
  }

  /* A name such as "@gain" stands for the page's colour of that name. */
  const coloured = (value, style) => {
    if (typeof value === "string") {
      return value.startsWith("@") ? style.getPropertyValue("--" + value.slice(1)).trim() : value;
    }
    if (Array.isArray(value)) return value.map((each) => coloured(each, style));
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, coloured(each, style)]));
    }
    return value;
  };

  const axis = (given, style, narrowly) => ({
    gridcolor: style.getPropertyValue("--rule").trim(),
    linecolor: style.getPropertyValue("--rule").trim(),
    zeroline: false,
    ...given,
    ...(narrowly && given.title ? { title: undefined } : {}),
  });

  const draw = (place) => {
    const style = getComputedStyle(document.documentElement);
    const figure = JSON.parse(place.source);
    const layout = coloured(figure.layout, style);
    for (const name of Object.keys(layout)) {
      if (/^[xy]axis/.test(name)) layout[name] = axis(layout[name], style, narrow.matches);
    }
    Object.assign(layout, {
      autosize: true,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: style.getPropertyValue("--muted").trim() },
      /* Fixed, so that all charts stand below each other on one time axis. */
      margin: narrow.matches ? { l: 64, r: 10, t: 30, b: 40 } : { l: 96, r: 16, t: 30, b: 40 },
      hovermode: "x unified",
      hoverlabel: { bgcolor: style.getPropertyValue("--card").trim() },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: style.getPropertyValue("--muted").trim() },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
      /* On a phone a finger scrolls the page, it does not zoom a chart. */
      dragmode: narrow.matches ? false : "zoom",
    });
    place.drawn = true;
    Plotly.react(place, coloured(figure.data, style), layout, {
      responsive: true,
      displaylogo: false,
      displayModeBar: narrow.matches ? false : "hover",
      /* Named one by one: others would offer to send the data away. */
      modeBarButtons: [["toImage", "zoomIn2d", "zoomOut2d", "resetScale2d"]],
      locale: chinese ? "zh-CN" : "en",
    });
  };

  const places = [...document.querySelectorAll(".chart")];
  for (const place of places) {
    place.source = place.firstElementChild.textContent;
    place.replaceChildren();
  }
  const seen = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (entry.isIntersecting) {
          seen.unobserve(entry.target);
          draw(entry.target);
        }
      }
    },
    { rootMargin: "600px" },
  );
  places.forEach((place) => seen.observe(place));
  const again = () => places.filter((place) => place.drawn).forEach(draw);
  dark.addEventListener("change", again);
  narrow.addEventListener("change", again);
  addEventListener("beforeprint", () => places.filter((place) => !place.drawn).forEach(draw));
})();
