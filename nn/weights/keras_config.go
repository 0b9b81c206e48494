package weights

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"simdnn/nn/safetensors"
)

// kerasConfig is where the zip archives of Keras (.keras) describe their models.
const kerasConfig = "config.json"

// normSettings says which of gamma and beta normalisations have, by the layers' names, where these
// tell layers apart.
type normSettings map[string]normSetting

type normSetting struct{ scale, center bool }

// readNorms returns the settings of an archive's normalisations, none without a description.
func readNorms(archive *zip.Reader) (normSettings, error) {
	at := slices.IndexFunc(archive.File, func(e *zip.File) bool { return e.Name == kerasConfig })
	if at < 0 {
		return nil, nil
	}
	e := archive.File[at]
	if e.UncompressedSize64 > safetensors.MaxHeader {
		return nil, fmt.Errorf("%s of %d bytes; at most %d are allowed", kerasConfig,
			e.UncompressedSize64, safetensors.MaxHeader)
	}
	r, err := e.Open()
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, safetensors.MaxHeader))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kerasConfig, err)
	}
	var model any
	if err := json.Unmarshal(text, &model); err != nil {
		return nil, fmt.Errorf("%s: %w", kerasConfig, err)
	}
	norms := normSettings{}
	norms.find(model, map[string]bool{})
	return norms, nil
}

// find notes the normalisations in a part of the description. Of names that stand for layers with
// different settings none is kept.
func (n normSettings) find(part any, unclear map[string]bool) {
	switch part := part.(type) {
	case []any:
		for _, p := range part {
			n.find(p, unclear)
		}
	case map[string]any:
		settings, _ := part["config"].(map[string]any)
		name, named := settings["name"].(string)
		scale, scales := settings["scale"].(bool)
		center, centers := settings["center"].(bool)
		if s := (normSetting{scale, center}); named && scales && centers {
			before, known := n[name]
			if unclear[name] = unclear[name] || known && before != s; unclear[name] {
				delete(n, name)
			} else {
				n[name] = s
			}
		}
		for _, p := range part {
			n.find(p, unclear)
		}
	}
}

// variables returns the names of the variables of a layer that is called so, nil where the settings
// don't tell.
func (n normSettings) variables(layer string, count int) []string {
	s, known := n[layer]
	if !known {
		return nil
	}
	var names []string
	if s.scale {
		names = append(names, "gamma")
	}
	if s.center {
		names = append(names, "beta")
	}
	if count == len(names)+2 {
		names = append(names, "moving_mean", "moving_variance")
	}
	if count != len(names) {
		return nil
	}
	return names
}
