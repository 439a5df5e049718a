import { createTheme, defaultVariantColorsResolver, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

/** The river teal, from mist to depth. */
const river: MantineColorsTuple = [
  "#e2f3f5", "#c9e6ea", "#a3d6dc", "#7bc6cf", "#4fc0cd", "#2fa0ae", "#0d7d8c", "#0b7180", "#085a66", "#06424b",
];

/** Mantine's greys in the tone of ours. */
const gray: MantineColorsTuple = [
  "#f6f7f9", "#f0f2f5", "#e2e5ea", "#d5dae1", "#c6ccd5", "#a5afbc", "#7d899a", "#5b6779", "#3a4555", "#1b2330",
];
const dark: MantineColorsTuple = [
  "#dde4ee", "#b4bfcd", "#93a0b2", "#5d6b7e", "#3d4a5a", "#303b49", "#27303c", "#171d26", "#11161d", "#0b0f14",
];

export const theme = createTheme({
  primaryColor: "river",
  primaryShade: { light: 7, dark: 4 },
  colors: { river, gray, dark },
  variantColorResolver: (input) => {
    const tone = input.color === "red" ? "bad" : "accent";
    if (input.variant === "filled") {
      return {
        background: `var(--${tone})`, hover: `color-mix(in srgb, var(--${tone}) 88%, var(--text))`, color: `var(--on-${tone})`, border: "1px solid transparent",
      };
    }
    if (input.variant === "subtle" && input.color !== "gray") {
      return { background: "transparent", hover: "var(--hover)", color: `var(--${tone})`, border: "1px solid transparent" };
    }
    if (input.variant === "light") {
      return { background: `var(--${tone}-soft)`, hover: "var(--sel)", color: `var(--${tone})`, border: `1px solid var(--${tone})` };
    }
    return defaultVariantColorsResolver(input);
  },
  fontFamily: "Inter Variable, system-ui, sans-serif",
  fontFamilyMonospace: "JetBrains Mono Variable, ui-monospace, monospace",
  fontSizes: { xs: "11px", sm: "13px", md: "13px", lg: "14px", xl: "16px" },
  radius: { xs: "4px", sm: "6px", md: "6px", lg: "9px", xl: "9px" },
  defaultRadius: "sm",
  spacing: { xs: "4px", sm: "8px", md: "12px", lg: "16px", xl: "24px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // The page itself never scrolls, so there is nothing to lock (and the lock writes a style without our nonce).
    Modal: { defaultProps: { centered: true, transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.35 }, closeButtonProps: { "aria-label": "Close" }, lockScroll: false } },
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false, transitionProps: { duration: 100 } } },
    Menu: { defaultProps: { transitionProps: { duration: 100 }, shadow: "none" } },
    Switch: { defaultProps: { size: "sm" } },
    Checkbox: { defaultProps: { size: "xs" } },
    SegmentedControl: { defaultProps: { size: "xs", transitionDuration: 120 } },
  },
});

/** Mantine draws with our tokens, so that there is one place for colours. */
export const variables: CSSVariablesResolver = () => {
  const tokens = {
    "--mantine-color-body": "var(--panel)",
    "--mantine-color-text": "var(--text)",
    "--mantine-color-dimmed": "var(--dim)",
    "--mantine-color-default": "var(--panel)",
    "--mantine-color-default-hover": "var(--hover)",
    "--mantine-color-default-color": "var(--text)",
    "--mantine-color-default-border": "var(--line-strong)",
    "--mantine-color-placeholder": "var(--dim)",
    "--mantine-color-error": "var(--bad)",
    "--mantine-color-anchor": "var(--accent)",
  };
  return { variables: {}, light: tokens, dark: tokens };
};
